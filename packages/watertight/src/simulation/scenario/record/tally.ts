import type { RouteTotals } from '../run-record.ts'
import { LatencyHistogram } from './latency-histogram.ts'

/** Counts the requests of one route that were due between two instants. */
export class Tally {
  readonly fromMs: number
  readonly toMs: number
  readonly latencies: LatencyHistogram = new LatencyHistogram()
  offered = 0
  failed = 0
  attempts = 0
  firstTries = 0
  abandoned = 0

  constructor(fromMs: number, toMs: number) {
    this.fromMs = fromMs
    this.toMs = toMs
  }

  /** Whether it counts what was due at `ms`. */
  holds(ms: number): boolean {
    return ms >= this.fromMs && ms < this.toMs
  }

  totals(): RouteTotals {
    const { offered, failed, attempts, firstTries, abandoned, latencies } = this
    const succeeded = latencies.count
    return {
      offered,
      succeeded,
      failed,
      attempts,
      firstTries,
      abandoned,
      unfinished: offered - succeeded - failed,
      p50Ms: latencies.quantile(0.5),
      p99Ms: latencies.quantile(0.99),
      p999Ms: latencies.quantile(0.999),
      maxMs: latencies.max,
    }
  }
}
