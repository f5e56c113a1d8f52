import type { BulkheadOptions, CircuitBreakerOptions, Duration, RetryOptions } from 'watertight'
import type { ProviderName, ServiceName } from '../process/roles.ts'

/** How calls of one dependency are protected, outermost first. */
export interface CallProtection {
  /** The whole call, its retries and waits included. */
  readonly timeout: Duration
  readonly retry: RetryOptions
  readonly circuitBreaker: CircuitBreakerOptions
  readonly bulkhead: BulkheadOptions
  /** Each attempt. */
  readonly attemptTimeout: Duration
}

/** The classic way: one pool of slots for whatever the process calls, held while waiting, retrying and backing off. */
export interface SharedPool {
  readonly bulkhead: BulkheadOptions
  readonly retry: RetryOptions
  readonly attemptTimeout: Duration
}

/** What one process may call. */
export type Callee = Exclude<ServiceName, 'gateway'> | ProviderName | 'mail' | 'carrier'

/** The one object in which a protected and an unprotected shop differ. */
export interface Protection {
  /** How long an order that is safely stored waits for its payment before it is answered "pending". */
  readonly acknowledgeWithin: Duration
  /** Answer "pending" at once while the payments circuit is open. */
  readonly acknowledgeAtOnceWhenOpen: boolean
  readonly calls: Readonly<Record<Callee, CallProtection>> | SharedPool
  /** Hashing a password costs some 50 ms of CPU: sign-in with a password has a compartment of its own. */
  readonly passwordHashing: BulkheadOptions
}
