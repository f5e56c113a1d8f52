import { type Duration, toMilliseconds } from '../runtime/duration.ts'
import { Emitter } from '../runtime/emitter.ts'
import { invalidOption, requireOneOf } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Advice } from './advice.ts'
import type { BulkheadState } from './bulkhead/bulkhead.ts'
import { NO_ARGUMENTS, OneCall, priorityLevel, requireRunOptions, type RunOptions } from './call.ts'
import type { Invalidation } from './cache/cache-store.ts'
import { CallerWatch } from './caller-watch.ts'
import type { BreakerState } from './circuit-breaker/breaker-state.ts'
import type { Callee } from './flight.ts'
import { Line, type Stage } from './line.ts'
import { type Outcome, type Refusal, unstarted } from './outcome.ts'
import { errorOf } from './outcome-error.ts'
import { Permit } from './permit.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import type { Guard, Policy } from './policy.ts'
import { answered, RootFlight } from './root-flight.ts'
import { Roster } from './roster.ts'
import type { Scope } from './scope.ts'
import { CompiledStage } from './stage.ts'

/** What a live pipeline is doing. */
export interface PipelineState {
  readonly name: string
  /** Calls that have not been answered yet, and permits that are held. */
  readonly inFlight: number
  /** Work that was given up on and still goes on. */
  readonly abandoned: number
  /** Calls that wait in the queues of its bulkheads. */
  readonly queued: number
  /** State of the outermost circuit breaker, where there is one. */
  readonly breaker?: BreakerState['circuit']
  /** State of each policy, by name. */
  readonly policies: Readonly<Record<string, object>>
}

/** Every type where functions with these arguments can be wrapped; none where what policies do with arguments takes others. */
export type Fitting<Args extends unknown[], Takes> = [Takes] extends [(...args: Args) => unknown]
  ? unknown
  : { readonly 'the key function of a policy takes other arguments': never }

/** A pipeline at work on one runtime: its breakers, permits and budgets belong to it alone. */
export class LivePipeline<Adds = never, Takes = never> {
  readonly name: string
  /** Tells what happens here. Listeners cost calls next to nothing, and cannot harm them. */
  readonly events: Emitter<PipelineEvents>
  readonly #line: Line
  /** The guards alone: the way of those who hold a permit. */
  readonly #guards: Line
  readonly #roster = new Roster()
  #calls = 0
  #closing = false

  constructor(
    name: string,
    policies: ReadonlyMap<string, Policy<unknown>>,
    advice: readonly Advice[],
    runtime: Runtime,
  ) {
    this.name = name
    const report = (error: unknown): void => runtime.report(error)
    this.events = new Emitter<PipelineEvents>(report, () => {
      this.#line.listenedSince = this.#guards.listenedSince = runtime.now()
    })
    const stages: Stage[] = []
    for (const [policy, definition] of policies) {
      const site = { runtime, pipeline: name, policy, events: this.events }
      const { guard, strategy } = definition
      stages.push(new CompiledStage(stages.length, policy, guard?.(site), strategy?.(site)))
    }
    const guards = stages.filter(({ guard }) => guard !== undefined)
    const interrupts = stages.some(({ strategy }) => strategy?.interrupts === true)
    this.#line = new Line(name, runtime, this.events, stages, interrupts, this.#roster)
    this.#guards = new Line(name, runtime, this.events, guards, true, this.#roster)
    this.#roster.specimen = new RootFlight(this.#line, () => undefined, 0, undefined, undefined, true, 0, undefined)
    // Soon, and not now: nobody can listen to what is still being made.
    if (advice.length > 0) {
      runtime.turn(() => {
        for (const one of advice) this.events.emit('order.advised', { pipeline: name, ...one })
      })
    }
  }

  /**
   * Calls `fn` through the policies and resolves to its result, or to what a policy put in its place.
   *
   * @throws the error of `fn`, or a WatertightError: `CIRCUIT_OPEN`, `BULKHEAD_FULL`, `TIMED_OUT`, `DEADLINE_EXCEEDED`,
   * `CANCELLED`, `SHUTTING_DOWN`, `INVALID_OPTION` (rejections, all of them).
   */
  run<T>(fn: (scope: Scope) => T | PromiseLike<T>, options?: RunOptions): Promise<T | Adds> {
    return this.#start(fn, options, true) as Promise<T | Adds>
  }

  /** The same as {@link run}, but what went wrong is a value too: never rejects, and a refusal makes no error. */
  outcome<T>(fn: (scope: Scope) => T | PromiseLike<T>, options?: RunOptions): Promise<Outcome<T | Adds>> {
    return this.#start(fn, options, false) as Promise<Outcome<T | Adds>>
  }

  /** The same function behind this pipeline; policies see its arguments. It is given no scope. */
  wrap<Args extends unknown[], T>(
    fn: ((...args: Args) => T | PromiseLike<T>) & Fitting<Args, Takes>,
  ): (...args: Args) => Promise<T | Adds> {
    if (typeof fn !== 'function') throw invalidOption('fn', fn, 'the function to wrap, not its result')
    return (...args) => this.run(() => fn(...args), { args })
  }

  /**
   * A permit for what is no function call, such as a stream. It passes the policies that admit (breakers, bulkheads, limiters);
   * those that limit, repeat or replace a call have nothing to do with it. It is to be released; when its signal aborts or its
   * deadline passes it counts as cancelled, and its place is free when it is released, or 30 s later.
   *
   * @throws WatertightError as {@link run} does, when it is refused.
   */
  acquire(options?: RunOptions): Promise<Permit> {
    const granted = Promise.withResolvers<Permit>()
    const hold = (scope: Scope): Promise<void> => {
      const held = Promise.withResolvers<void>()
      granted.resolve(new Permit(scope, held))
      return held.promise
    }
    try {
      const answer = this.#prepare(this.#guards, hold, options, false).start() as Promise<Outcome<unknown>>
      void answer.then((outcome) => {
        if (outcome.kind !== 'success') granted.reject(errorOf(outcome, this.name))
      })
    } catch (error) {
      granted.reject(error)
    }
    return granted.promise
  }

  /**
   * Refuses new calls from now on, with `SHUTTING_DOWN`; waits for those in flight, and after `within` (default: no limit) cancels
   * them with the cause `shutdown`. Resolves to the number of calls that did not stop even then: a function that ignores its
   * signal, in a pipeline without a time limit.
   *
   * @throws WatertightError `INVALID_OPTION`
   */
  async close({ within = Infinity }: { readonly within?: Duration } = {}): Promise<number> {
    const withinMs = toMilliseconds('within', within, { infinite: true })
    const { runtime } = this.#line
    if (!this.#closing) {
      this.#closing = true
      this.events.emit('pipeline.closing', { pipeline: this.name, inFlight: this.#roster.size })
    }
    const empty = this.#roster.whenEmpty()
    if (withinMs === Infinity) await empty
    else {
      const late = Promise.withResolvers<void>()
      const timer = runtime.timer(withinMs, () => late.resolve(), true)
      await Promise.race([empty, late.promise])
      timer.cancel()
      for (const flight of this.#roster.entries()) flight.end('shutdown')
      await new Promise<void>((resolve) => runtime.turn(resolve))
    }
    return this.#roster.size
  }

  /**
   * Changes options of one policy, from the next decision on. Calls in flight keep what they were admitted under.
   *
   * @throws WatertightError `INVALID_OPTION` when there is no such policy, or an option is wrong; then nothing has changed.
   */
  update(policy: string, options: object): void {
    const { guard, strategy } = this.#stage(policy)
    ;(guard ?? strategy)?.update(options)
    this.#line.compile()
    this.#guards.compile()
    this.events.emit('policy.updated', { pipeline: this.name, policy, options })
  }

  /**
   * Gives one policy the state that {@link state} told of it earlier, perhaps in another process: a circuit stays open over a
   * restart. Times in it are durations: take off what has passed since.
   *
   * @example
   * payments.restore('circuitBreaker', JSON.parse(saved).policies.circuitBreaker)
   *
   * @throws WatertightError `INVALID_OPTION` when there is no such policy, it takes no state, or the state is none of its.
   */
  restore(policy: string, state: object): void {
    const { guard } = this.#stage(policy)
    if (guard?.restore === undefined) {
      throw invalidOption(`policy of ${this.name}`, policy, 'one that keeps state')
    }
    guard.restore(state)
    this.events.emit('policy.restored', { pipeline: this.name, policy, state })
  }

  /** What it is doing now, as plain data. */
  state(): PipelineState {
    const policies: Record<string, object> = {}
    let breaker: BreakerState['circuit'] | undefined
    let queued = 0
    for (const { policy, guard, strategy } of this.#line.stages) {
      const state: Partial<BreakerState & BulkheadState> = (guard ?? strategy)?.state() ?? {}
      policies[policy] = state
      breaker ??= state.circuit
      queued += state.waiting ?? 0
    }
    const abandoned = this.#line.abandoned + this.#guards.abandoned
    return { name: this.name, inFlight: this.#roster.size, abandoned, queued, policies, ...(breaker && { breaker }) }
  }

  /**
   * What a policy that keeps keys apart is doing for one of them; undefined when it knows no such key.
   *
   * @example
   * customers.stateOf('rateLimiter', customer.id) // { used: 3, retryAfterMs: 0 … }
   *
   * @throws WatertightError `INVALID_OPTION` when there is no such policy, or it keeps no keys apart.
   */
  stateOf(policy: string, key: string): object | undefined {
    const { guard } = this.#stage(policy)
    if (guard?.stateOf === undefined) {
      throw invalidOption(`policy of ${this.name}`, policy, 'one that keeps keys apart')
    }
    return guard.stateOf(key)
  }

  /** Whether nothing is under way: no call, and no work of one that goes on after it. */
  get idle(): boolean {
    return this.#roster.size === 0 && this.#line.background + this.#guards.background === 0
  }

  /**
   * Forgets what the caches of this pipeline keep: what to call after a write. A load that has begun before does not put its
   * value back. The number of entries that were there.
   *
   * @example
   * await users.invalidate({ key: user.id })
   *
   * @throws the error of a shared store that could not be reached: the old value may still be there.
   */
  async invalidate(what: Invalidation): Promise<number> {
    let forgotten = 0
    for (const { strategy } of this.#line.stages) forgotten += (await strategy?.invalidate?.(what)) ?? 0
    return forgotten
  }

  /** @throws Error when a policy has lost or invented a permit: for tests and the simulator. */
  check(): void {
    for (const { guard, strategy } of this.#line.stages) (guard ?? strategy)?.check()
  }

  #stage(policy: string): Stage {
    const { stages } = this.#line
    const names = stages.map((stage) => stage.policy)
    requireOneOf(`policy of ${this.name}`, policy, names)
    return stages[names.indexOf(policy)] as Stage
  }

  /** Not an async function: this is on the path of every call, and its own promise would come on top of the others. */
  #start(fn: Callee, options: RunOptions | undefined, throws: boolean): Promise<unknown> {
    try {
      if (options === undefined && !this.#closing && typeof fn === 'function') {
        const line = this.#line
        const startedAt = line.begins()
        const refusal = line.gate?.shut === true ? this.#turnedAway(line.gate) : undefined
        if (refusal !== undefined) return answered(refusal, throws, this.name)
        return new RootFlight(line, fn, ++this.#calls, undefined, undefined, throws, 0, startedAt).start()
      }
      return this.#prepare(this.#line, fn, options, throws).start()
    } catch (error) {
      return throws ? Promise.reject(error) : Promise.resolve({ kind: 'failure', error })
    }
  }

  /** Whom the outermost guard turns away is told so at once, unless somebody listens to such calls. */
  #turnedAway(gate: Guard): Refusal | undefined {
    const line = this.#line
    const refusal = this.events.observed('call.rejected') ? undefined : gate.turnAway?.(line)
    if (refusal === undefined) return undefined
    this.#calls++
    line.stepEnds()
    return refusal
  }

  #prepare(line: Line, fn: Callee, options: RunOptions = {}, throws: boolean): RootFlight {
    if (typeof fn !== 'function') throw invalidOption('fn', fn, 'the function to call, not its result')
    requireRunOptions(options)
    const { id = ++this.#calls, args = NO_ARGUMENTS, key, priority, deadline, idempotent } = options
    const call = new OneCall(id, args, key, priorityLevel(priority), idempotent)
    const flight = new RootFlight(line, fn, id, call, deadline, throws, 0, line.begins())
    CallerWatch.over(flight, options)
    if (this.#closing) flight.outcome ??= unstarted('shutdown', this.name)
    return flight
  }
}
