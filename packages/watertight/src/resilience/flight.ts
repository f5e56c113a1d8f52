import type { CancelToken, Cause } from '../runtime/cancellation.ts'
import type { KeptContext } from '../runtime/runtime.ts'
import { type Call, NO_ARGUMENTS, NORMAL, OneCall } from './call.ts'
import { classify } from './classify.ts'
import { Control, NOBODY } from './control.ts'
import { abandon, giveBackLate, goingOn } from './left-behind.ts'
import type { Line, Stage } from './line.ts'
import { cancelled, type Failure, type Outcome, type Refusal, succeeded, unstarted } from './outcome.ts'
import type { Guard, Moment, RunningLimit, Strategy, Token } from './policy.ts'
import type { Listed } from './roster.ts'
import type { Scope } from './scope.ts'

/** Calls the function; the flight is its scope. */
export type Callee = (scope: Scope) => unknown

const NOTHING: Promise<unknown> = Promise.resolve()

const READY = 0
const ADMITTING = 1
const ENTERING = 2
const WORKING = 3
const LEAVING = 4
const DONE = 5

/**
 * One way down through the policies to the function, and back up with its outcome: a small state machine that goes on whenever
 * what it waits for has settled. The first attempt is the call itself, `RootFlight`; each further one is a `BranchFlight`, that
 * starts below the strategy which made it.
 *
 * `at` is the stage being worked at: on the way up, everything above `at` has still to be told.
 * An interruption at level n ends the stages deeper than n.
 *
 * What is not known is undefined here, not NaN or Infinity: a number in a field of fractions is an object of its own. And all
 * fields of a call stand in this one class: an object that two constructors make takes three times as long.
 */
export abstract class Flight implements Scope, Moment {
  before: Listed | undefined = undefined
  after: Listed | undefined = undefined
  /** Ends a call early for its caller; to be stopped at its end. */
  watch: { stop(): void } | undefined = undefined
  readonly line: Line
  readonly callee: Callee
  readonly id: number
  /** Undefined where nobody asked when it began. */
  readonly startedAt: number | undefined
  outcome: Outcome<unknown> | undefined = undefined
  /** Times the function was called, by this flight and its branches. */
  calls = 0
  /** Whether its promise rejects with what went wrong, or hands it over as an outcome. */
  protected readonly throws: boolean
  #call: Call | undefined
  /** What guards and strategies of each stage left here: permits, countdowns. */
  #slots: unknown[] | undefined = undefined
  #at: number
  #phase = READY
  readonly #deadline: number | undefined
  /** The nearest time limit that runs, those outside of it behind it. */
  #limit: RunningLimit | undefined = undefined
  #calledAt: number | undefined = undefined
  /** What is awaited: the function's promise, an admission, or what a strategy does. */
  #pending: Promise<unknown> | undefined = undefined
  #control: Control<Flight> | undefined = undefined
  /** Back to the ambient context in which the wait began. */
  #context: KeptContext | undefined = undefined
  /** Settle the promise of a flight that has one of its own. */
  protected resolve: ((value: unknown) => void) | undefined = undefined
  protected reject: ((error: unknown) => void) | undefined = undefined

  constructor(
    line: Line,
    callee: Callee,
    id: number,
    call: Call | undefined,
    deadline: number | undefined,
    throws: boolean,
    from: number,
    startedAt: number | undefined,
  ) {
    this.line = line
    this.callee = callee
    this.id = id
    this.startedAt = startedAt
    this.#call = call
    this.#deadline = deadline
    this.throws = throws
    this.#at = from
  }

  /** The flight that this one branches off. */
  get parent(): Flight | undefined {
    return undefined
  }

  /** First stage of this flight: one below the strategy that made it. */
  get from(): number {
    return 0
  }

  get call(): Call {
    this.#call ??= new OneCall(this.id, NO_ARGUMENTS, undefined, NORMAL, undefined)
    return this.#call
  }

  get attempt(): number {
    return 1
  }

  get path(): number {
    return 0
  }

  /** {@link outcome} is known, and everyone who had to be told was. */
  protected abstract landed(): void

  get deadline(): number {
    let deadline = this.#deadline ?? Infinity
    for (let limit = this.#limit; limit !== undefined; limit = limit.outer) {
      if (!limit.over && limit.due < deadline) deadline = limit.due
    }
    return deadline
  }

  get limit(): RunningLimit | undefined {
    let limit = this.#limit
    while (limit?.over === true) limit = limit.outer
    return limit
  }

  set limit(limit: RunningLimit | undefined) {
    this.#limit = limit
  }

  get now(): number {
    return this.line.now
  }

  get ranMs(): number {
    return this.#calledAt !== undefined && this.line.timed ? this.now - this.#calledAt : 0
  }

  get cancel(): CancelToken {
    return this.control.token
  }

  get signal(): AbortSignal {
    return this.cancel.signal
  }

  /** Whether the function was called, by this flight or a branch of it. */
  get executed(): boolean {
    return this.#calledAt !== undefined
  }

  /** Made on first use: for most calls never. */
  get control(): Control<Flight> {
    this.#control ??= new Control()
    return this.#control
  }

  /** Something stands in for the function from now on: as far as others can tell, it runs. */
  standIn(): void {
    const now = this.line.timed ? this.now : 0
    for (let flight: Flight | undefined = this; flight !== undefined; flight = flight.parent) flight.#ran(now)
  }

  /** The function was called on behalf of this flight by a detached one. */
  executedElsewhere(): void {
    this.#calling(this.now)
  }

  hold(): () => void {
    const work = goingOn(this)
    return () => work.stop()
  }

  random(purpose: string): number {
    const draw = this.path * 1024 + this.attempt
    return this.line.runtime.random(`${this.line.name}/${purpose}`, this.call.id, draw)
  }

  /** 0 is what is {@link kept} where nothing is, so it takes no room: the token of most guards. */
  keep(stage: number, value: unknown): void {
    if (value === 0) return
    this.#slots ??= new Array(this.line.stages.length)
    this.#slots[stage] = value
  }

  kept(stage: number): unknown {
    return this.#slots?.[stage] ?? 0
  }

  /** Sets out. What is to be awaited, or undefined when {@link outcome} is known. */
  protected begin(): Promise<unknown> | undefined {
    try {
      if (this.#control?.stopped === undefined) return this.#descend()
      this.outcome = this.#cutShort(this.#control.stopped)
      return this.#ascend()
    } catch (error) {
      return this.#broken(error)
    }
  }

  /** Goes on with what was awaited. */
  protected goOnWith(value: unknown, failed: boolean): Promise<unknown> | undefined {
    try {
      return this.#proceed(value, failed)
    } catch (error) {
      return this.#broken(error)
    }
  }

  /** Waits, goes on, and waits again until it has {@link landed}: in the ambient context of now, also when it is interrupted. */
  protected waitFor(first: Promise<unknown>): void {
    this.#context = this.line.runtime.context?.keep()
    this.#await(first)
  }

  #await(wait: Promise<unknown>): void {
    this.line.stepEnds()
    this.#pending = wait
    wait.then(
      (value) => {
        if (this.#pending === wait) this.#goOn(value, false)
      },
      (error: unknown) => {
        if (this.#pending === wait) this.#goOn(error, true)
      },
    )
  }

  #goOn(value: unknown, failed: boolean): void {
    this.#pending = undefined
    const next = this.goOnWith(value, failed)
    if (next === undefined) this.landed()
    else this.#await(next)
  }

  #proceed(value: unknown, failed: boolean): Promise<unknown> | undefined {
    this.line.stepBegins()
    if (this.#control?.interrupted === true) return this.#unwind(this.#control)
    switch (this.#phase) {
      case ADMITTING:
        return failed ? this.#broken(value) : this.#admitted(value as Token | Refusal)
      case WORKING:
        this.outcome = failed ? this.#failed(value) : succeeded(value)
        return this.#ascend()
      default:
        if (failed) return this.#broken(value)
        this.outcome = value as Outcome<unknown>
        return this.#ascend()
    }
  }

  /** Ends the stages deeper than `level`; `answer` goes on outwards from there. An outer interruption outranks an inner one. */
  interrupt(level: number, cause: Cause, answer: Outcome<unknown> | undefined, holdMs: number): void {
    const { control } = this
    if (this.#phase === DONE || level >= control.level) return
    control.level = level
    control.cause = cause
    control.answer = answer
    control.holdMs = holdMs
    const inside = answer?.kind === 'cancelled' ? answer : undefined
    this.cancelWithin(level, cause, (branch) => branch.interrupt(branch.from - 1, cause, inside, holdMs))
    // A second one finds nothing awaited any more: the work must not be counted again.
    const pending = this.#pending
    if (pending === undefined || pending === NOTHING) return
    this.#pending = undefined
    this.#letGo(pending)
    const goOn = (): void => void NOTHING.then(() => this.#goOn(undefined, false))
    if (this.#context === undefined) goOn()
    else this.#context.runInAsyncScope(goOn)
  }

  /** Tells what runs deeper than `level` to stop, and goes on waiting for it. */
  cancelWithin(
    level: number,
    cause: Cause,
    tell: (branch: Flight) => void = (branch) => branch.cancelWithin(branch.from - 1, cause),
  ): void {
    const { control } = this
    control.close(level, cause)
    if (this.#phase < LEAVING) control.stop(cause)
    for (const branch of control.branches) if (branch.from > level) tell(branch)
  }

  #descend(): Promise<unknown> | undefined {
    const { stages } = this.line
    while (this.#at < stages.length) {
      const stage = stages[this.#at] as Stage
      const { admit, enter } = stage
      if (admit !== undefined) {
        const admitted = admit.call(stage.guard as Guard, this, this)
        if (typeof admitted === 'number') {
          this.keep(this.#at++, admitted)
          continue
        }
        if (admitted instanceof Promise) {
          this.#phase = ADMITTING
          return this.#wait(admitted)
        }
        this.outcome = admitted
        return this.#ascend()
      }
      const result = enter === undefined ? undefined : enter.call(stage.strategy as Strategy, this, stage.inner)
      if (result === undefined) {
        this.#at++
        continue
      }
      if (result instanceof Promise) {
        this.#phase = ENTERING
        return this.#wait(result)
      }
      this.outcome = result
      return this.#ascend()
    }
    return this.#work()
  }

  #admitted(admitted: Token | Refusal): Promise<unknown> | undefined {
    if (typeof admitted !== 'number') {
      const stopped = this.#control?.stopped
      this.outcome = stopped === undefined ? admitted : this.#cutShort(stopped)
      return this.#ascend()
    }
    this.keep(this.#at++, admitted)
    const refusal = this.#recheck()
    if (refusal === undefined) return this.#descend()
    this.outcome = refusal
    return this.#ascend()
  }

  /** After a wait the world may have changed: the guards outside are asked again, and so is the clock. */
  #recheck(): Refusal | undefined {
    const { name, stages } = this.line
    const stopped = this.#control?.stopped
    if (stopped !== undefined) return unstarted(stopped, name)
    if (this.now >= this.deadline) return unstarted('deadline', name)
    for (let i = this.from; i < this.#at - 1; i++) {
      const refusal = stages[i]?.guard?.recheck?.(this.kept(i) as Token, this)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  #work(): Promise<unknown> | undefined {
    this.#phase = WORKING
    this.#calling(this.line.timed ? this.now : 0)
    const { callee } = this
    let result: unknown
    try {
      result = callee(this)
      this.line.stepBegins()
    } catch (error) {
      this.line.stepBegins()
      this.outcome = this.#failed(error)
      return this.#ascend()
    }
    if (result instanceof Promise) return this.#wait(result)
    if (typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function') {
      return this.#wait(Promise.resolve(result))
    }
    this.outcome = succeeded(result)
    return this.#ascend()
  }

  #calling(now: number): void {
    for (let flight: Flight | undefined = this; flight !== undefined; flight = flight.parent) {
      flight.calls++
      flight.#ran(now)
    }
  }

  #ran(now: number): void {
    if (this.#calledAt !== undefined) return
    this.#calledAt = now
    const { stages, watched } = this.line
    if (!watched) return
    for (let i = this.from; i < this.#at; i++) stages[i]?.guard?.called?.(this.kept(i) as Token, this)
  }

  #wait(pending: Promise<unknown>): Promise<unknown> {
    // Interrupted from within what has just been called: there is nothing to wait for.
    if (this.#control?.interrupted !== true) return pending
    this.#letGo(pending)
    return NOTHING
  }

  /** What was awaited goes on without being awaited: its permits stay taken, or are given back when they come. */
  #letGo(pending: Promise<unknown>): void {
    const { runtime, stages } = this.line
    if (this.#phase === WORKING) abandon(this, pending)
    else if (this.#phase === ADMITTING) giveBackLate(this, pending, stages[this.#at]?.guard)
    else pending.then(undefined, (error: unknown) => runtime.report(error))
  }

  #unwind(control: Control<Flight>): Promise<unknown> | undefined {
    const { level, answer } = control
    this.outcome = this.#cutShort(control.cause)
    while (--this.#at > level) {
      const stage = this.line.stages[this.#at] as Stage
      if (stage.guard !== undefined) this.#giveBack(stage, this.outcome)
      else void stage.strategy?.leave(cancelled(control.cause), this, stage.inner)
    }
    this.#at = level
    this.#phase = LEAVING
    if (answer !== undefined) this.outcome = answer
    // A listener may have interrupted further out meanwhile.
    if (control.level !== level) return this.#unwind(control)
    control.level = NOBODY
    return this.#ascend()
  }

  #ascend(): Promise<unknown> | undefined {
    const { stages, aboveOnSuccess } = this.line
    const { from } = this
    for (;;) {
      this.#at = this.outcome?.kind === 'success' ? (aboveOnSuccess[this.#at] ?? 0) : this.#at - 1
      if (this.#at < from) break
      const stage = stages[this.#at] as Stage
      const { leave } = stage
      if (leave === undefined) {
        this.#giveBack(stage, this.outcome as Outcome<unknown>)
        continue
      }
      const result = leave.call(stage.strategy as Strategy, this.outcome as Outcome<unknown>, this, stage.inner)
      if (result instanceof Promise) {
        this.#phase = LEAVING
        return this.#wait(result)
      }
      this.outcome = result
    }
    this.#phase = DONE
    return undefined
  }

  #giveBack({ guard, settle, end }: Stage, outcome: Outcome<unknown>): void {
    const token = this.kept(this.#at) as Token
    if (settle !== undefined) settle.call(guard as Guard, token, outcome, this)
    if (end === undefined) return
    if (this.#control === undefined) end.call(guard as Guard, token)
    else this.#control.whenWorkStopped(() => guard?.end?.(token))
  }

  #failed(error: unknown): Outcome<unknown> {
    const stopped = this.#control?.stopped
    const outcome: Outcome<unknown> =
      stopped === undefined ? { kind: classify(error), error } : cancelled(stopped, error)
    const { events, name } = this.line
    if (events.observed('attempt.failed')) {
      const { kind } = outcome as Failure
      events.emit('attempt.failed', { pipeline: name, call: this.call.id, attempt: this.attempt, kind, error })
    }
    return outcome
  }

  /** A policy threw: its error is the outcome, and those outside it still learn of it and get their permits back. */
  #broken(error: unknown): Promise<unknown> | undefined {
    this.outcome = { kind: 'failure', error }
    try {
      return this.#ascend()
    } catch (next) {
      return this.#broken(next)
    }
  }

  #cutShort(cause: Cause): Outcome<unknown> {
    return this.executed ? cancelled(cause, this.#control?.reason) : unstarted(cause, this.line.name)
  }

  /** Nothing more comes of it. */
  protected over(): void {
    this.#phase = DONE
  }
}
