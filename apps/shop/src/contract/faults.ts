/**
 * Faults that can be switched on while a process runs; an absent field is off. Rates are 0..1, drawn by the run's seed and
 * the idempotency key, so that the same run injects the same faults.
 */
export interface Faults {
  /** Every request (but `/health`) waits so long before it is looked at at all. */
  readonly hangMs?: number
  /** Answers 503 without doing anything. */
  readonly failRate?: number
  /** Extra milliseconds before each answer. */
  readonly slowMs?: number
  /** Providers: the charge is made, and the connection is cut instead of an answer. */
  readonly answerLostRate?: number
  /** Providers: the charge is made `lateMs` after the request came, long after the caller stopped waiting. */
  readonly lateRate?: number
  readonly lateMs?: number
  /** Providers: the card is declined (a business answer). */
  readonly declineRate?: number
}
