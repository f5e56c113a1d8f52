import { exponential } from 'watertight'
import type { CallProtection, Protection } from './protection.ts'

// The live run squeezes an afternoon into a minute: where the page of cases says 30 s open, this says 1 s.

const critical: CallProtection = {
  timeout: '3s',
  retry: {
    attempts: 2,
    backoff: exponential({ base: '50ms', max: '500ms', jitter: 'full' }),
    budget: { ratio: 0.1, minPerSecond: 2 },
  },
  circuitBreaker: {
    failureRate: 0.5,
    window: '10s',
    minimumCalls: 10,
    openFor: '1s',
    halfOpenCalls: 3,
  },
  bulkhead: { concurrent: 20, queue: 100, maxWait: '250ms' },
  attemptTimeout: '1s',
}

/** Reads of the shop window: many, quick, the same for everybody. */
const reads: CallProtection = {
  ...critical,
  timeout: '1500ms',
  bulkhead: { concurrent: 64, queue: 256, maxWait: '250ms' },
}

/** Shown from memory for a second, and old rather than not at all; the slowest in a hundred are asked for twice. */
const catalogue: CallProtection = {
  ...reads,
  cache: { ttl: '1s', jitter: 0.2, staleWhileRevalidate: '5s', staleIfError: '1m', max: 5_000, loadLimit: '2s' },
  hedge: {
    idempotent: true,
    after: { quantile: 0.99, floor: '20ms', ceiling: '500ms', window: '30s' },
    budget: { ratio: 0.02 },
  },
}

/** Payment: few at once, so that a slow provider is felt early; asked again by the saga, so not retried here. */
const payments: CallProtection = {
  ...critical,
  timeout: '2s',
  retry: { attempts: 1 },
  circuitBreaker: { ...critical.circuitBreaker, window: '5s', minimumCalls: 5 },
  bulkhead: { concurrent: 24, queue: 24, maxWait: '100ms' },
  attemptTimeout: { quantile: 0.99, factor: 3, floor: '500ms', ceiling: '1s', window: '30s' },
}

const provider: CallProtection = {
  ...critical,
  timeout: '900ms',
  retry: { attempts: 1 },
  circuitBreaker: { failures: 5, openFor: '1s', halfOpenCalls: 3 },
  bulkhead: { concurrent: 32, queue: 32, maxWait: '100ms' },
  attemptTimeout: '500ms',
}

/** What an order can do without: a small compartment, one try here, the rest in the background. */
const optional: CallProtection = {
  ...critical,
  timeout: '1s',
  retry: { attempts: 1 },
  bulkhead: { concurrent: 8, queue: 50, maxWait: '100ms' },
  attemptTimeout: '500ms',
}

export const protectedShop: Protection = {
  acknowledgeWithin: '300ms',
  acknowledgeAtOnceWhenOpen: true,
  calls: {
    orders: { ...critical, bulkhead: { concurrent: 100, queue: 100, maxWait: '250ms' } },
    catalogue,
    inventory: critical,
    users: reads,
    payments,
    shipping: critical,
    notifications: optional,
    analytics: optional,
    'provider-alpha': provider,
    'provider-beta': provider,
    'provider-gamma': provider,
    carrier: critical,
    mail: optional,
  },
  door: { concurrent: 256, queue: 512, target: '50ms', interval: '200ms' },
  passwordHashing: { concurrent: 1, queue: 20, maxWait: '2s' },
}
