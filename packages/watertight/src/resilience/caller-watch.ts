import { AbortFollower } from '../runtime/abort-listeners.ts'
import type { Timer } from '../runtime/runtime.ts'
import type { RunOptions } from './call.ts'
import { cancelled, unstarted } from './outcome.ts'
import type { RootFlight } from './root-flight.ts'

/** Ends a call when its caller aborts or its deadline passes. {@link stop} leaves no listener and no timer behind. */
export class CallerWatch extends AbortFollower {
  readonly #flight: RootFlight
  readonly #signal: AbortSignal | undefined
  #timer: Timer | undefined = undefined

  private constructor(flight: RootFlight, signal: AbortSignal | undefined) {
    super()
    this.#flight = flight
    this.#signal = signal
  }

  /**
   * Watches over `flight`, if there is anything to watch. A call that is already aborted or late gets its outcome here and
   * must not begin.
   */
  static over(flight: RootFlight, { signal, deadline }: RunOptions): void {
    if (signal?.aborted === true) {
      flight.outcome = cancelled('caller', signal.reason)
      return
    }
    const remaining = deadline === undefined ? Infinity : deadline - flight.now
    if (remaining <= 0) {
      flight.outcome = unstarted('deadline', flight.line.name)
      return
    }
    if (signal === undefined && remaining === Infinity) return
    const watch = new CallerWatch(flight, signal)
    flight.watch = watch
    if (signal !== undefined) watch.follow(signal)
    if (remaining !== Infinity) {
      watch.#timer = flight.line.runtime.timer(remaining, () => flight.end('deadline'), true)
    }
  }

  stop(): void {
    this.unfollow()
    this.#timer?.cancel()
  }

  override aborted(): void {
    this.#flight.end('caller', this.#signal?.reason)
  }
}
