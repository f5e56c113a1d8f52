/** A doubtful order of policies. */
export interface Advice {
  /** Stable name of the doubt. */
  readonly code:
    | 'retry-inside-breaker'
    | 'retry-inside-bulkhead'
    | 'retry-inside-retry'
    | 'fallback-inside-breaker'
    | 'fallback-inside-retry'
    | 'retry-inside-limit'
    | 'retry-inside-hedge'
    | 'hedge-inside-bulkhead'
    | 'hedge-inside-limit'
    | 'policy-inside-chaos'
    | 'timeout-never-fires'
  /** What is doubtful, and why, for people. */
  readonly message: string
}
