import type {
  AdaptiveTimeoutOptions,
  BulkheadOptions,
  CacheOptions,
  CircuitBreakerOptions,
  Duration,
  HedgeOptions,
  LoadShedderOptions,
  RetryOptions,
} from 'watertight'
import type { ProviderName, Role, ServiceName } from '../process/roles.ts'

/** How calls of one dependency are protected, outermost first. */
export interface CallProtection {
  /** What was asked with a key is kept for a while. */
  readonly cache?: CacheOptions
  /** The whole call, its retries and waits included. */
  readonly timeout: Duration
  /** A second request when the first is slow: for reads only. */
  readonly hedge?: HedgeOptions
  readonly retry: RetryOptions
  readonly circuitBreaker: CircuitBreakerOptions
  readonly bulkhead: BulkheadOptions
  /** Each attempt: fixed, or by what attempts took of late. */
  readonly attemptTimeout: Duration | AdaptiveTimeoutOptions
}

/** The classic way: one pool of slots for whatever the process calls, held while waiting, retrying and backing off. */
export interface SharedPool {
  readonly bulkhead: BulkheadOptions
  readonly retry: RetryOptions
  readonly attemptTimeout: Duration
}

/** What one process may call. The catalogue is what inventory shows: reads, in a compartment of their own. */
export type Callee = Exclude<ServiceName, 'gateway'> | ProviderName | 'catalogue' | 'mail' | 'carrier'

/** Who answers for a callee. */
export function roleOf(callee: Callee): Role {
  return callee === 'catalogue' ? 'inventory' : callee
}

/** The one object in which a protected and an unprotected shop differ. */
export interface Protection {
  /** How long an order that is safely stored waits for its payment before it is answered "pending". */
  readonly acknowledgeWithin: Duration
  /** Answer "pending" at once while the payments circuit is open. */
  readonly acknowledgeAtOnceWhenOpen: boolean
  readonly calls: Readonly<Record<Callee, CallProtection>> | SharedPool
  /** What the gateway sheds when more comes in than the shop can do, the least important first. */
  readonly door?: LoadShedderOptions
  /** Hashing a password costs some 50 ms of CPU: sign-in with a password has a compartment of its own. */
  readonly passwordHashing: BulkheadOptions
}
