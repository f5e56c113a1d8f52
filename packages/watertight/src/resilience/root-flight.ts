import type { Cause } from '../runtime/cancellation.ts'
import { tellOfCall } from './call-events.ts'
import { ABANDONED_HOLD_MS } from './control.ts'
import { Flight } from './flight.ts'
import { cancelled, type Outcome } from './outcome.ts'
import { errorOf } from './outcome-error.ts'
import type { Listed } from './roster.ts'

const WHOLE_CALL = -1

/**
 * A call, from `run` to its answer: the first way down, of which all further attempts branch off. It adds no field to {@link Flight},
 * and no brand: its own methods are private by type alone.
 */
export class RootFlight extends Flight implements Listed {
  /** Sets out, unless its {@link outcome} is known already; the promise is the caller's. */
  start(): Promise<unknown> {
    this.line.roster.join(this)
    const wait = this.outcome === undefined ? this.begin() : undefined
    if (wait === undefined) return this.answered()
    if (!this.interruptible) return this.follow(wait)
    const promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.waitFor(wait)
    return promise
  }

  /** Ends it with `answer`. */
  end(cause: Cause, reason?: unknown): void {
    if (this.interruptible) this.interrupt(WHOLE_CALL, cause, cancelled(cause, reason), ABANDONED_HOLD_MS)
    else
      this.cancelWithin(WHOLE_CALL, cause, (branch) =>
        branch.interrupt(branch.from - 1, cause, undefined, ABANDONED_HOLD_MS),
      )
  }

  /** Whether anything can end it early: if not, the promise of the function is followed as it is. */
  get interruptible(): boolean {
    return this.line.interrupts || this.watch !== undefined
  }

  /** {@link outcome} is known, and everyone who had to be told was. */
  protected override landed(): void {
    this.leave()
    const outcome = this.outcome as Outcome<unknown>
    if (!this.throws) this.resolve?.(outcome)
    else if (outcome.kind === 'success') this.resolve?.(outcome.value)
    else this.reject?.(errorOf(outcome, this.line.name))
  }

  /** The promise itself takes the caller's ambient context along. */
  private follow(wait: Promise<unknown>): Promise<unknown> {
    this.line.stepEnds()
    return wait.then(
      (value) => this.goOnTo(value, false),
      (error: unknown) => this.goOnTo(error, true),
    )
  }

  private goOnTo(value: unknown, failed: boolean): unknown {
    const next = this.goOnWith(value, failed)
    if (next !== undefined) return this.follow(next)
    this.leave()
    const outcome = this.outcome as Outcome<unknown>
    if (!this.throws) return outcome
    if (outcome.kind === 'success') return outcome.value
    throw errorOf(outcome, this.line.name)
  }

  private answered(): Promise<unknown> {
    this.leave()
    return answered(this.outcome as Outcome<unknown>, this.throws, this.line.name)
  }

  private leave(): void {
    const { line } = this
    line.roster.leave(this)
    this.watch?.stop()
    if (line.events.listenerCount > 0) tellOfCall(this)
    line.stepEnds()
  }
}

/** The promise of a call whose outcome is known already. `throws`: it rejects with what went wrong. */
export function answered(outcome: Outcome<unknown>, throws: boolean, source: string): Promise<unknown> {
  if (!throws) return Promise.resolve(outcome)
  // What was thrown is handed on as it is, be it an error or not.
  return outcome.kind === 'success' ? Promise.resolve(outcome.value) : Promise.reject(errorOf(outcome, source))
}
