/** What a window has seen: of the `calls` still inside it, how many failed and how many were slow. */
export interface WindowTotals {
  readonly calls: number
  readonly failures: number
  readonly slow: number
}

/** Remembers recent outcomes, and forgets old ones by its own rule. */
export interface OutcomeWindow {
  /** `now` is an instant of `runtime.now()`. */
  record(failed: boolean, slow: boolean, now: number): void
  totals(now: number): WindowTotals
  clear(): void
}
