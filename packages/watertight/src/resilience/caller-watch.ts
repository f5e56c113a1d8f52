import { onAbort } from '../runtime/abort-listeners.ts'
import type { Cause } from '../runtime/cancellation.ts'
import type { Timer } from '../runtime/runtime.ts'
import type { RunOptions } from './call.ts'
import { ABANDONED_HOLD_MS } from './control.ts'
import type { Flight } from './flight.ts'
import { cancelled } from './outcome.ts'

const WHOLE_CALL = -1

/** Ends a call when its caller aborts or its deadline passes. {@link stop} leaves no listener and no timer behind. */
export class CallerWatch {
  readonly #flight: Flight
  #unfollow: (() => void) | undefined
  #timer: Timer | undefined

  private constructor(flight: Flight) {
    this.#flight = flight
  }

  /**
   * Watches over `flight`; undefined when there is nothing to watch. A call that is already aborted or late gets its outcome
   * here and must not begin.
   */
  static over(flight: Flight, { signal, deadline }: RunOptions): CallerWatch | undefined {
    const { runtime, name } = flight.line
    if (signal?.aborted === true) {
      flight.outcome = cancelled('caller', signal.reason)
      return undefined
    }
    const remaining = deadline === undefined ? Infinity : deadline - flight.now
    if (remaining <= 0) {
      flight.outcome = { kind: 'refused', by: name, code: 'DEADLINE_EXCEEDED' }
      return undefined
    }
    if (signal === undefined && remaining === Infinity) return undefined
    const watch = new CallerWatch(flight)
    if (signal !== undefined) watch.#unfollow = onAbort(signal, () => watch.#end('caller', signal.reason))
    if (remaining !== Infinity) watch.#timer = runtime.timer(remaining, () => watch.#end('deadline', undefined), true)
    return watch
  }

  stop(): void {
    this.#unfollow?.()
    this.#timer?.cancel()
  }

  #end(cause: Cause, reason: unknown): void {
    this.#flight.interrupt(WHOLE_CALL, cause, cancelled(cause, reason), ABANDONED_HOLD_MS)
  }
}
