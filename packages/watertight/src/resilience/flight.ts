import type { CancelToken, Cause } from '../runtime/cancellation.ts'
import type { Call } from './call.ts'
import { classify } from './classify.ts'
import { ABANDONED_HOLD_MS, Control, NOBODY } from './control.ts'
import { gate, type Gatekeeper } from './gate.ts'
import type { Line } from './line.ts'
import { cancelled, type Failure, type Outcome, type Refusal, type Result, succeeded } from './outcome.ts'
import type { Moment, Token } from './policy.ts'
import type { Branch, Scope } from './scope.ts'
import { Work } from './work.ts'

/** Calls the function; the flight is its scope. */
export type Callee = (scope: Scope) => unknown

/** What an interrupted flight is told that never got to call its function. */
const UNSTARTED: Readonly<Record<Cause, string>> = {
  caller: 'CANCELLED',
  timeout: 'TIMED_OUT',
  deadline: 'DEADLINE_EXCEEDED',
  loser: 'CANCELLED',
  shutdown: 'CANCELLED',
}

const NOTHING = Promise.resolve()

const NEVER_CALLED = -1

const READY = 0
const ADMITTING = 1
const ENTERING = 2
const WORKING = 3
const LEAVING = 4
const DONE = 5

/**
 * One way down through the policies to the function, and back up with its outcome: a small state machine that one `await`
 * drives (see {@link fly}). The first attempt is the root flight; each further one is a flight of its own, a branch that starts
 * below the strategy that made it.
 *
 * `at` is the stage being worked at: on the way up, everything above `at` has still to be told.
 * An interruption at level n ends the stages deeper than n.
 */
export class Flight implements Scope, Branch<unknown>, Moment, Gatekeeper {
  readonly line: Line
  readonly call: Call
  readonly parent: Flight | undefined
  /** First stage of this flight: one below the strategy that made it. */
  readonly from: number
  readonly attempt: number
  readonly path: number
  /** NaN where nobody asks when a call began. */
  readonly startedAt: number
  deadline: number
  outcome: Outcome<unknown> | undefined = undefined
  open: ((value: unknown) => void) | undefined = undefined
  /** Times the function was called, by this flight and its branches. */
  calls = 0
  readonly #callee: Callee
  /** Whether anything can end it early: if not, it waits for the function itself and needs no gate. */
  readonly #interruptible: boolean
  /** What guards and strategies of each stage left here: permits, countdowns. */
  readonly #slots: unknown[]
  #at: number
  #phase = READY
  /** The present, as far as it has been looked at: NaN after everything that takes time. */
  #now = Number.NaN
  #calledAt = NEVER_CALLED
  /** What is awaited: the function's promise, or an admission. */
  #pending: PromiseLike<unknown> | undefined = undefined
  #control: Control<Flight> | undefined = undefined

  constructor(
    line: Line,
    call: Call,
    callee: Callee,
    deadline: number,
    interruptible: boolean,
    parent?: Flight,
    from: number = 0,
    attempt: number = 1,
    path: number = 0,
  ) {
    this.line = line
    this.call = call
    this.parent = parent
    this.from = from
    this.attempt = attempt
    this.path = path
    this.startedAt = line.timed || parent !== undefined || line.events.listenerCount > 0 ? this.now : Number.NaN
    this.deadline = deadline
    this.#callee = callee
    this.#interruptible = interruptible
    this.#slots = new Array(line.stages.length)
    this.#at = from
  }

  get now(): number {
    if (Number.isNaN(this.#now)) this.#now = this.line.runtime.now()
    return this.#now
  }

  get ranMs(): number {
    return this.executed && this.line.timed ? this.now - this.#calledAt : 0
  }

  get scope(): Scope {
    return this
  }

  get cancel(): CancelToken {
    return this.#controlled().token
  }

  get signal(): AbortSignal {
    return this.cancel.signal
  }

  /** Whether the function was called, by this flight or a branch of it. */
  get executed(): boolean {
    return this.#calledAt !== NEVER_CALLED
  }

  hold(): () => void {
    const work = this.#goingOn()
    return () => work.stop()
  }

  random(purpose: string): number {
    const draw = this.path * 1024 + this.attempt
    return this.line.runtime.random(`${this.line.name}/${purpose}`, this.call.id, draw)
  }

  keep(stage: number, value: unknown): void {
    this.#slots[stage] = value
  }

  kept(stage: number): unknown {
    return this.#slots[stage]
  }

  /** A flight that starts below `stage` and ends with what encloses it. */
  branch(stage: number, attempt: number, path: number): Flight {
    const { line, call, deadline } = this
    const made = new Flight(line, call, this.#callee, deadline, this.#interruptible, this, stage + 1, attempt, path)
    const control = this.#controlled()
    control.branches.add(made)
    // What encloses the strategy was told to stop already: so is all that it still begins.
    const closed = control.closedAt(stage)
    if (closed !== undefined) made.cancelWithin(stage, closed)
    return made
  }

  /** A flight that starts below `stage` and ends with nothing but itself. */
  detached(stage: number, deadline: number, executing: () => void): Flight {
    const { line, call, attempt, path } = this
    const callee: Callee = (scope) => {
      executing()
      return this.#callee(scope)
    }
    return new Flight(line, call, callee, deadline, true, undefined, stage + 1, attempt, path)
  }

  /** The function was called on behalf of this flight by a detached one. */
  executedElsewhere(): void {
    const { now } = this
    for (let flight: Flight | undefined = this; flight !== undefined; flight = flight.parent) flight.#called(now)
  }

  run(): Result<unknown> {
    const wait = this.begin()
    if (wait !== undefined) return this.#fly(wait)
    return this.#finished()
  }

  stop(cause: Cause): void {
    this.interrupt(this.from - 1, cause, undefined, ABANDONED_HOLD_MS)
  }

  close(): void {
    this.#phase = DONE
    this.parent?.forget(this)
  }

  forget(branch: Flight): void {
    this.#control?.branches.delete(branch)
  }

  /** Sets out. What is to be awaited, or undefined when {@link outcome} is known. */
  begin(): PromiseLike<unknown> | undefined {
    try {
      return this.#begin()
    } catch (error) {
      return this.#broken(error)
    }
  }

  /** Goes on with what was awaited. */
  proceed(value: unknown, failed: boolean): PromiseLike<unknown> | undefined {
    try {
      return this.#proceed(value, failed)
    } catch (error) {
      return this.#broken(error)
    }
  }

  #begin(): PromiseLike<unknown> | undefined {
    if (this.parent !== undefined) this.#now = Number.NaN
    const stopped = this.#control?.stopped
    if (stopped === undefined) return this.#descend()
    this.outcome = this.#cutShort(stopped)
    return this.#ascend()
  }

  #proceed(value: unknown, failed: boolean): PromiseLike<unknown> | undefined {
    this.#now = Number.NaN
    this.open = undefined
    this.#pending = undefined
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
    const control = this.#controlled()
    if (this.#phase === DONE || level >= control.level) return
    // Only the first one finds the work running: a second must not count it again.
    const first = !control.interrupted
    control.level = level
    control.cause = cause
    control.answer = answer
    control.holdMs = holdMs
    const inside = answer?.kind === 'cancelled' ? answer : undefined
    this.cancelWithin(level, cause, (branch) => branch.interrupt(branch.from - 1, cause, inside, holdMs))
    if (this.#pending !== undefined && first) this.#letGo(this.#pending)
    this.open?.(undefined)
  }

  /** Tells what runs deeper than `level` to stop, and goes on waiting for it. */
  cancelWithin(
    level: number,
    cause: Cause,
    tell: (branch: Flight) => void = (branch) => branch.cancelWithin(branch.from - 1, cause),
  ): void {
    const control = this.#controlled()
    control.close(level, cause)
    if (this.#phase < LEAVING) control.stop(cause)
    for (const branch of control.branches) if (branch.from > level) tell(branch)
  }

  async #fly(first: PromiseLike<unknown>): Promise<Outcome<unknown>> {
    let wait: PromiseLike<unknown> | undefined = first
    while (wait !== undefined) {
      let value: unknown
      let failed = false
      try {
        value = await wait
      } catch (error) {
        value = error
        failed = true
      }
      wait = this.proceed(value, failed)
    }
    return this.#finished()
  }

  #finished(): Outcome<unknown> {
    this.parent?.forget(this)
    return this.outcome as Outcome<unknown>
  }

  #descend(): PromiseLike<unknown> | undefined {
    const { stages } = this.line
    while (this.#at < stages.length) {
      const stage = stages[this.#at] as (typeof stages)[number]
      if (stage.guard !== undefined) {
        const admitted = stage.guard.admit(this, this)
        if (typeof admitted === 'number') {
          this.#slots[this.#at++] = admitted
          continue
        }
        if (admitted instanceof Promise) {
          this.#phase = ADMITTING
          return this.#wait(admitted)
        }
        this.outcome = admitted
        return this.#ascend()
      }
      const result = stage.strategy?.enter?.(this, stage.inner)
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

  #admitted(admitted: Token | Refusal): PromiseLike<unknown> | undefined {
    if (typeof admitted !== 'number') {
      const stopped = this.#control?.stopped
      this.outcome = stopped === undefined ? admitted : this.#cutShort(stopped)
      return this.#ascend()
    }
    this.#slots[this.#at++] = admitted
    const refusal = this.#recheck()
    if (refusal === undefined) return this.#descend()
    this.outcome = refusal
    return this.#ascend()
  }

  /** After a wait the world may have changed: the guards outside are asked again, and so is the clock. */
  #recheck(): Refusal | undefined {
    const { name, stages } = this.line
    const stopped = this.#control?.stopped
    if (stopped !== undefined) return this.#unstarted(stopped)
    if (this.now >= this.deadline) return { kind: 'refused', by: name, code: 'DEADLINE_EXCEEDED' }
    for (let i = this.from; i < this.#at - 1; i++) {
      const refusal = stages[i]?.guard?.recheck?.(this.#slots[i] as Token, this)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  #work(): PromiseLike<unknown> | undefined {
    this.#phase = WORKING
    const now = this.line.timed ? this.now : 0
    for (let flight: Flight | undefined = this; flight !== undefined; flight = flight.parent) flight.#called(now)
    let result: unknown
    try {
      result = this.#callee(this)
      this.#now = Number.NaN
    } catch (error) {
      this.#now = Number.NaN
      this.outcome = this.#failed(error)
      return this.#ascend()
    }
    if (typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function') {
      return this.#wait(result as PromiseLike<unknown>)
    }
    this.outcome = succeeded(result)
    return this.#ascend()
  }

  #called(now: number): void {
    this.calls++
    if (this.#calledAt === NEVER_CALLED) this.#calledAt = now
  }

  #wait(pending: PromiseLike<unknown>): PromiseLike<unknown> {
    if (!this.#interruptible) return pending
    this.#pending = pending
    // Interrupted from within what has just been called: there is nothing to wait for.
    if (this.#control?.interrupted === true) {
      this.#letGo(pending)
      return NOTHING
    }
    return gate(this, pending)
  }

  /** What was awaited goes on without being awaited: its permits stay taken, or are given back when they come. */
  #letGo(pending: PromiseLike<unknown>): void {
    if (this.#phase === WORKING) this.#abandon(pending)
    else if (this.#phase === ADMITTING) {
      const guard = this.line.stages[this.#at]?.guard
      const { runtime } = this.line
      pending.then(
        (late) => {
          if (typeof late !== 'number') return
          guard?.settle?.(late, cancelled(this.#controlled().cause), { now: runtime.now(), ranMs: 0 })
          guard?.end?.(late)
        },
        () => undefined,
      )
    } else pending.then(undefined, (error: unknown) => this.line.runtime.report(error))
  }

  #abandon(pending: PromiseLike<unknown>): void {
    const { line } = this
    const work = this.#goingOn()
    line.abandoned++
    const bound = line.runtime.timer(this.#controlled().holdMs, () => work.stop(), false)
    work.whenStopped(() => {
      line.abandoned--
      bound.cancel()
    })
    const stop = () => work.stop()
    pending.then(stop, stop)
    line.events.emit('work.abandoned', {
      pipeline: line.name,
      call: this.call.id,
      attempt: this.attempt,
      cause: this.#controlled().cause,
      abandoned: line.abandoned,
    })
  }

  /** Work that keeps the permits of this flight, and of those it is part of, until it stops. */
  #goingOn(): Work {
    const work = new Work()
    const { line } = this
    line.background++
    work.whenStopped(() => line.background--)
    for (let flight: Flight | undefined = this; flight !== undefined; flight = flight.parent)
      flight.#controlled().keepFor(work)
    return work
  }

  #controlled(): Control<Flight> {
    this.#control ??= new Control()
    return this.#control
  }

  #unwind(control: Control<Flight>): PromiseLike<unknown> | undefined {
    const { level, answer } = control
    this.outcome = this.#cutShort(control.cause)
    while (--this.#at > level) {
      const stage = this.line.stages[this.#at]
      if (stage?.guard !== undefined) this.#giveBack(stage.guard, this.outcome)
      else void stage?.strategy?.leave(cancelled(control.cause), this, stage.inner)
    }
    this.#at = level
    this.#phase = LEAVING
    if (answer !== undefined) this.outcome = answer
    // A listener may have interrupted further out meanwhile.
    if (control.level !== level) return this.#unwind(control)
    control.level = NOBODY
    return this.#ascend()
  }

  #ascend(): PromiseLike<unknown> | undefined {
    const { stages, aboveOnSuccess } = this.line
    const { from } = this
    for (;;) {
      this.#at = this.outcome?.kind === 'success' ? (aboveOnSuccess[this.#at] ?? 0) : this.#at - 1
      if (this.#at < from) break
      const stage = stages[this.#at] as (typeof stages)[number]
      if (stage.guard !== undefined) {
        this.#giveBack(stage.guard, this.outcome as Outcome<unknown>)
        continue
      }
      const result = stage.strategy?.leave(this.outcome as Outcome<unknown>, this, stage.inner)
      if (result instanceof Promise) {
        this.#phase = LEAVING
        return this.#wait(result)
      }
      this.outcome = result
    }
    this.#phase = DONE
    return undefined
  }

  #giveBack(guard: NonNullable<Line['stages'][number]['guard']>, outcome: Outcome<unknown>): void {
    const token = this.#slots[this.#at] as Token
    guard.settle?.(token, outcome, this)
    if (guard.end === undefined) return
    if (this.#control === undefined) guard.end(token)
    else this.#control.whenWorkStopped(() => guard.end?.(token))
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
  #broken(error: unknown): PromiseLike<unknown> | undefined {
    this.outcome = { kind: 'failure', error }
    try {
      return this.#ascend()
    } catch (next) {
      return this.#broken(next)
    }
  }

  #cutShort(cause: Cause): Outcome<unknown> {
    return this.executed ? cancelled(cause, this.#control?.reason) : this.#unstarted(cause)
  }

  #unstarted(cause: Cause): Refusal {
    return { kind: 'refused', by: this.line.name, code: UNSTARTED[cause] }
  }
}
