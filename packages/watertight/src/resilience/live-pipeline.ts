import { Emitter } from '../runtime/emitter.ts'
import { WatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { BulkheadState } from './bulkhead/bulkhead.ts'
import { NORMAL, OneCall, priorityLevel, type RunOptions } from './call.ts'
import type { BreakerState } from './circuit-breaker/breaker-state.ts'
import type { Invalidation } from './cache/cache-store.ts'
import { CallerWatch } from './caller-watch.ts'
import { type Callee, Flight } from './flight.ts'
import type { Line, Stage } from './line.ts'
import type { Advice } from './advice.ts'
import type { Outcome } from './outcome.ts'
import { errorOf } from './outcome-error.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import type { Policy } from './policy.ts'
import type { Scope } from './scope.ts'
import { CompiledStage } from './stage.ts'

const NO_ARGUMENTS: readonly unknown[] = []

/** What a live pipeline is doing. */
export interface PipelineState {
  readonly name: string
  /** Calls that have not been answered yet. */
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

/** A pipeline at work on one runtime: its breakers, permits and budgets belong to it alone. */
export class LivePipeline<Adds = never> {
  readonly name: string
  /** Tells what happens here. Listeners cost calls next to nothing, and cannot harm them. */
  readonly events: Emitter<PipelineEvents>
  readonly #line: Line
  readonly #interrupts: boolean
  #calls = 0
  #inFlight = 0

  constructor(
    name: string,
    policies: ReadonlyMap<string, Policy<unknown>>,
    advice: readonly Advice[],
    runtime: Runtime,
  ) {
    this.name = name
    this.events = new Emitter<PipelineEvents>((error) => runtime.report(error))
    const stages: Stage[] = []
    for (const [policy, definition] of policies) {
      const site = { runtime, pipeline: name, policy, events: this.events }
      const { guard, strategy } = definition
      stages.push(new CompiledStage(stages.length, policy, guard?.(site), strategy?.(site)))
    }
    this.#line = {
      name,
      runtime,
      events: this.events,
      stages,
      aboveOnSuccess: [],
      timed: false,
      abandoned: 0,
      background: 0,
    }
    this.#compile()
    this.#interrupts = stages.some(({ strategy }) => strategy?.interrupts === true)
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
   * `CANCELLED`, `INVALID_OPTION` (rejections, all of them).
   */
  run<T>(fn: (scope: Scope) => T | PromiseLike<T>, options?: RunOptions): Promise<T | Adds> {
    return this.#start(fn, options, true) as Promise<T | Adds>
  }

  /** The same as {@link run}, but what went wrong is a value too: never rejects, and a refusal makes no error. */
  outcome<T>(fn: (scope: Scope) => T | PromiseLike<T>, options?: RunOptions): Promise<Outcome<T | Adds>> {
    return this.#start(fn, options, false) as Promise<Outcome<T | Adds>>
  }

  /** The same function behind this pipeline; policies see its arguments. It is given no scope. */
  wrap<Args extends unknown[], T>(fn: (...args: Args) => T | PromiseLike<T>): (...args: Args) => Promise<T | Adds> {
    return (...args) => this.run(() => fn(...args), { args })
  }

  /**
   * Changes options of one policy, from the next decision on. Calls in flight keep what they were admitted under.
   *
   * @throws WatertightError `INVALID_OPTION` when there is no such policy, or an option is wrong; then nothing has changed.
   */
  update(policy: string, options: object): void {
    const stage = this.#line.stages.find((one) => one.policy === policy)
    if (stage === undefined) {
      const there = this.#line.stages.map((one) => one.policy).join(', ')
      throw new WatertightError('INVALID_OPTION', `${this.name} has no policy ${policy}: it has ${there || 'none'}`)
    }
    ;(stage.guard ?? stage.strategy)?.update(options)
    this.#compile()
    this.events.emit('policy.updated', { pipeline: this.name, policy, options })
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
    const { abandoned } = this.#line
    return { name: this.name, inFlight: this.#inFlight, abandoned, queued, policies, ...(breaker && { breaker }) }
  }

  /** Whether nothing is under way: no call, and no work of one that goes on after it. */
  get idle(): boolean {
    return this.#inFlight === 0 && this.#line.background === 0
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

  /** What the policies' options say about every call. */
  #compile(): void {
    const { stages } = this.#line
    const above: number[] = [-1]
    stages.forEach(({ strategy }, at) => {
      const passes = strategy !== undefined && strategy.leavesSuccess === false
      above.push(passes ? (above[at] ?? -1) : at)
    })
    this.#line.aboveOnSuccess = above
    this.#line.timed = stages.some(({ guard, strategy }) => (guard ?? strategy)?.timed === true)
  }

  /** Not an async function: this is on the path of every call, and its own promise would come on top of the others. */
  #start(fn: Callee, options: RunOptions | undefined, throws: boolean): Promise<unknown> {
    let flight: Flight
    let watch: CallerWatch | undefined
    try {
      flight = this.#prepare(fn, options)
      if (options !== undefined) watch = CallerWatch.over(flight, options)
    } catch (error) {
      return throws ? Promise.reject(error) : Promise.resolve({ kind: 'failure', error })
    }
    this.#inFlight++
    const wait = flight.outcome === undefined ? flight.begin() : undefined
    if (wait !== undefined) return this.#follow(wait, flight, watch, throws)
    try {
      return Promise.resolve(this.#finish(flight, watch, throws))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** The promises restore the ambient context of the caller, whoever ended the wait. */
  #follow(
    wait: PromiseLike<unknown>,
    flight: Flight,
    watch: CallerWatch | undefined,
    throws: boolean,
  ): Promise<unknown> {
    return (wait as Promise<unknown>).then(
      (value) => this.#proceed(value, false, flight, watch, throws),
      (error: unknown) => this.#proceed(error, true, flight, watch, throws),
    )
  }

  #proceed(value: unknown, failed: boolean, flight: Flight, watch: CallerWatch | undefined, throws: boolean): unknown {
    const next = flight.proceed(value, failed)
    return next === undefined ? this.#finish(flight, watch, throws) : this.#follow(next, flight, watch, throws)
  }

  #prepare(fn: Callee, options: RunOptions | undefined): Flight {
    const line = this.#line
    if (options === undefined) {
      return new Flight(
        line,
        new OneCall(++this.#calls, NO_ARGUMENTS, undefined, NORMAL, undefined),
        fn,
        Infinity,
        this.#interrupts,
      )
    }
    const { id, args, key, priority, signal, deadline, idempotent } = options
    const call = new OneCall(id ?? ++this.#calls, args ?? NO_ARGUMENTS, key, priorityLevel(priority), idempotent)
    const stoppable = signal !== undefined || deadline !== undefined
    return new Flight(line, call, fn, deadline ?? Infinity, this.#interrupts || stoppable)
  }

  #finish(flight: Flight, watch: CallerWatch | undefined, throws: boolean): unknown {
    this.#inFlight--
    watch?.stop()
    const outcome = flight.outcome as Outcome<unknown>
    if (this.events.listenerCount > 0) this.#tell(flight, outcome)
    if (!throws) return outcome
    if (outcome.kind === 'success') return outcome.value
    throw errorOf(outcome, this.name)
  }

  #tell(flight: Flight, outcome: Outcome<unknown>): void {
    const { events, name } = this
    const attempts = flight.calls
    const call = flight.call.id
    if (outcome.kind === 'success') {
      events.emit('call.succeeded', { pipeline: name, call, attempts, durationMs: this.#duration(flight) })
      return
    }
    if (outcome.kind === 'refused' && !events.observed('call.rejected')) return
    const base = { pipeline: name, call, attempts }
    if (outcome.kind === 'refused') {
      const { by, code, retryAfterMs } = outcome
      events.emit('call.rejected', { ...base, by, code, retryAfterMs })
    } else if (outcome.kind === 'cancelled') {
      events.emit('call.cancelled', { ...base, cause: outcome.cause, durationMs: this.#duration(flight) })
    } else {
      const { kind, error } = outcome
      events.emit('call.failed', { ...base, kind, error, durationMs: this.#duration(flight) })
    }
  }

  #duration(flight: Flight): number {
    return flight.now - flight.startedAt
  }
}
