/** What a window has seen: of the `calls` still inside it, how many failed and how many were slow. */
export interface WindowTotals {
  readonly calls: number
  readonly failures: number
  readonly slow: number
}

/** Remembers recent outcomes, and forgets old ones by its own rule. */
export interface OutcomeWindow extends WindowTotals {
  /** Counts an outcome; its own totals are those of `now`, an instant of `runtime.now()`, afterwards. */
  record(failed: boolean, slow: boolean, now: number): void
  /** A copy of the totals at `now`. */
  totals(now: number): WindowTotals
  clear(): void
  /** Begins anew with what another window had seen, as if all of it had happened at `now`. */
  restore(totals: WindowTotals, now: number): void
}
