import type { Cause } from '../runtime/cancellation.ts'
import { type Call, NO_ARGUMENTS, NORMAL, OneCall } from './call.ts'
import { tellOfCall } from './call-events.ts'
import { ABANDONED_HOLD_MS } from './control.ts'
import { type Callee, Flight } from './flight.ts'
import type { Line } from './line.ts'
import { cancelled, type Outcome } from './outcome.ts'
import { errorOf } from './outcome-error.ts'
import type { Listed, Roster } from './roster.ts'

const WHOLE_CALL = -1

let latestResolve: (value: unknown) => void
let latestReject: (error: unknown) => void

/** One executor for all: a closure less on the path of every call with a time limit. */
function capture(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  latestResolve = resolve
  latestReject = reject
}

/** A call, from `run` to its answer: the first way down, of which all further attempts branch off. */
export class RootFlight extends Flight implements Listed<RootFlight> {
  before: RootFlight | undefined = undefined
  after: RootFlight | undefined = undefined
  /** Ends it early for its caller; to be stopped at its end. */
  watch: { stop(): void } | undefined = undefined
  readonly id: number
  readonly #roster: Roster<RootFlight>
  /** Whether anything can end it early: if not, the promise of the function is followed as it is. */
  readonly #interruptible: boolean
  /** Whether its promise rejects with what went wrong, or hands it over as an outcome. */
  readonly #throws: boolean
  #call: Call | undefined
  #resolve: ((value: unknown) => void) | undefined = undefined
  #reject: ((error: unknown) => void) | undefined = undefined

  constructor(
    line: Line,
    roster: Roster<RootFlight>,
    id: number,
    call: Call | undefined,
    callee: Callee,
    deadline: number | undefined,
    interruptible: boolean,
    throws: boolean,
  ) {
    super(line, callee, deadline, undefined, 0)
    this.id = id
    this.#roster = roster
    this.#call = call
    this.#interruptible = interruptible
    this.#throws = throws
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

  /** Sets out, unless its {@link outcome} is known already; the promise is the caller's. */
  start(): Promise<unknown> {
    this.#roster.join(this)
    const wait = this.outcome === undefined ? this.begin() : undefined
    if (wait === undefined) return this.#answered()
    if (!this.#interruptible) return this.#follow(wait)
    const promise = new Promise(capture)
    this.#resolve = latestResolve
    this.#reject = latestReject
    this.waitFor(wait)
    return promise
  }

  /** Ends it with `answer`. */
  end(cause: Cause, reason?: unknown): void {
    if (this.#interruptible) this.interrupt(WHOLE_CALL, cause, cancelled(cause, reason), ABANDONED_HOLD_MS)
    else
      this.cancelWithin(WHOLE_CALL, cause, (branch) =>
        branch.interrupt(branch.from - 1, cause, undefined, ABANDONED_HOLD_MS),
      )
  }

  protected landed(): void {
    this.#leave()
    const outcome = this.outcome as Outcome<unknown>
    if (!this.#throws) this.#resolve?.(outcome)
    else if (outcome.kind === 'success') this.#resolve?.(outcome.value)
    else this.#reject?.(errorOf(outcome, this.line.name))
  }

  /** The promise itself takes the caller's ambient context along. */
  #follow(wait: Promise<unknown>): Promise<unknown> {
    return wait.then(
      (value) => this.#goOn(value, false),
      (error: unknown) => this.#goOn(error, true),
    )
  }

  #goOn(value: unknown, failed: boolean): unknown {
    const next = this.proceed(value, failed)
    if (next !== undefined) return this.#follow(next)
    this.#leave()
    const outcome = this.outcome as Outcome<unknown>
    if (!this.#throws) return outcome
    if (outcome.kind === 'success') return outcome.value
    throw errorOf(outcome, this.line.name)
  }

  #answered(): Promise<unknown> {
    this.#leave()
    const outcome = this.outcome as Outcome<unknown>
    if (!this.#throws) return Promise.resolve(outcome)
    return outcome.kind === 'success'
      ? Promise.resolve(outcome.value)
      : // What was thrown is handed on as it is, be it an error or not.
        Promise.reject(errorOf(outcome, this.line.name))
  }

  #leave(): void {
    this.#roster.leave(this)
    this.watch?.stop()
    if (this.line.events.listenerCount > 0) tellOfCall(this)
  }
}
