import { FixedWindow } from './fixed-window.ts'
import { Gcra } from './gcra.ts'
import type { Limit } from './limit.ts'
import type { LimiterSettings } from './limiter-options.ts'
import { RefreshPeriod } from './refresh-period.ts'
import { SlidingCounter } from './sliding-counter.ts'
import { SlidingLog } from './sliding-log.ts'
import { TokenBucket } from './token-bucket.ts'

/** What a limit is made from: one algorithm, and its figures. */
export type LimitRate = Pick<LimiterSettings, 'algorithm' | 'limit' | 'perMs' | 'burst' | 'slices'>

/**
 * A limit that has seen nothing yet.
 *
 * @example
 * makeLimit({ algorithm: 'gcra', limit: 100, perMs: 1_000, burst: 20, slices: 1 })
 */
export function makeLimit(rate: LimitRate): Limit {
  switch (rate.algorithm) {
    case 'token-bucket':
      return new TokenBucket(rate)
    case 'gcra':
      return new Gcra(rate)
    case 'fixed-window':
      return new FixedWindow(rate)
    case 'refresh-period':
      return new RefreshPeriod(rate)
    case 'sliding-log':
      return new SlidingLog(rate)
    case 'sliding-counter':
      return new SlidingCounter(rate)
  }
}

/** Whether a limit made from the one serves as well for the other. */
export function sameRate(one: LimitRate, other: LimitRate): boolean {
  return (
    one.algorithm === other.algorithm &&
    one.limit === other.limit &&
    one.perMs === other.perMs &&
    one.burst === other.burst &&
    one.slices === other.slices
  )
}
