/** A timer that was armed. Cancelling it twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void
}

/** An ambient context that was kept. */
export interface KeptContext {
  runInAsyncScope(run: () => void): void
}

/** Carries the ambient context (`AsyncLocalStorage`) of a call over to a callback that fires elsewhere. */
export interface ContextCarrier {
  /** Remembers the context of now; what it returns runs a callback inside it. */
  capture(): (run: () => void) => void
  /** The same, as it is kept for each call: in an object that can do nothing else. */
  keep(): KeptContext
  /** The deadline of the ambient call, an instant of `now()`; undefined when it has none. */
  deadline?(): number | undefined
}

/**
 * Everything that waits, reads a clock, draws a random number or makes an id does so through this port, so that the same
 * code runs in production and, unchanged, under virtual time.
 */
export interface Runtime {
  /** Monotonic milliseconds, with a fraction. Never goes backwards. */
  now(): number
  /** Epoch milliseconds, for records and display only: it may jump either way. */
  wallTime(): number
  /**
   * Calls `fire` once, `delayMs` milliseconds from now: never early, and in the order of (due tick, time of arming).
   * `hold` keeps the process alive until then: true for what a call waits for, false for housekeeping.
   * Delays of 0 or less fire on the next tick, never inside this call; there is no upper limit.
   *
   * @throws WatertightError `INVALID_OPTION` when `delayMs` is NaN.
   */
  timer(delayMs: number, fire: () => void, hold: boolean): Timer
  /** Calls `fire` soon, after what is running now and before timers: what group commit gathers on. */
  turn(fire: () => void): void
  /** A number in [0, 1). The same seed, `stream`, `call` and `path` give the same number under a seeded runtime. */
  random(stream: string, call?: number, path?: number): number
  /** A UUIDv7: unique, and rising with time within one runtime. */
  id(): string
  readonly context?: ContextCarrier
  /** Takes an error that belongs to nobody's call: a listener's, a housekeeper's. Never throws. */
  report(error: unknown): void
}
