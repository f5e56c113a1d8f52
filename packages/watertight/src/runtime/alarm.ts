/**
 * The one native timer under a {@link TimerWheel}, and the clock it goes by: the port through which the wheel is tested
 * against a clock that stands still, stalls and jumps.
 */
export interface Alarm {
  /** Monotonic milliseconds, with a fraction. */
  now(): number
  /** Calls `wake` once in about `delayMs`, instead of what was set before. It may call early or late. */
  set(delayMs: number, wake: () => void): void
  /** Whether what is set keeps the process alive, now and from now on. Off at first. */
  hold(held: boolean): void
  /** Calls `run` once the code that is running has returned; the process stays alive until then. */
  soon(run: () => void): void
}
