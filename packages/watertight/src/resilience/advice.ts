/**
 * What seldom stands inside a policy on purpose: its kind, the name of the doubt, and the reason.
 */
export type Doubt = readonly [inside: string, code: Advice['code'], why: string]

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
    | 'retry-inside-throttling'
    | 'retry-inside-rate-limiter'
    | 'fallback-inside-throttling'
    | 'hedge-inside-rate-limiter'
    | 'breaker-inside-rate-limiter'
    | 'retry-inside-hedge'
    | 'hedge-inside-bulkhead'
    | 'hedge-inside-limit'
    | 'cache-inside-breaker'
    | 'cache-inside-bulkhead'
    | 'coalesce-inside-bulkhead'
    | 'fallback-inside-cache'
    | 'cache-inside-hedge'
    | 'coalesce-inside-hedge'
    | 'policy-inside-chaos'
    | 'timeout-never-fires'
  /** What is doubtful, and why, for people. */
  readonly message: string
}
