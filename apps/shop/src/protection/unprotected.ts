import { exponential } from 'watertight'
import type { Protection } from './protection.ts'

/** What was there on that Valentine's Day: one pool for everything, half a minute of patience, five retries. */
export const unprotectedShop: Protection = {
  acknowledgeWithin: '30s',
  acknowledgeAtOnceWhenOpen: false,
  calls: {
    bulkhead: { concurrent: 200, queue: 100_000, maxWait: '30s' },
    retry: { attempts: 6, backoff: exponential({ base: '1s', max: '16s', jitter: 'none' }) },
    attemptTimeout: '30s',
  },
  passwordHashing: { concurrent: 200, queue: 100_000, maxWait: '30s' },
}
