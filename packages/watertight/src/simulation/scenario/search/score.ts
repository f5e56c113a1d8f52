import type { RunRecord } from '../run-record.ts'

/** What keeping a run contained is worth beside serving more: far more. */
const GOODPUT_WEIGHT = 0.1

/**
 * How good a run was, for a search to climb: the mean distance of the conditions that failed (-1 as far as can be, 0 at the limit), and
 * a little for the share of all requests that succeeded. A contained run has a score above 0.
 */
export function scoreOf({ verdict, routes }: RunRecord): number {
  const { conditions } = verdict
  const missed = conditions.map(({ held, margin }) => (held ? 0 : Math.min(0, margin ?? -1)))
  const distance = missed.reduce((sum, one) => sum + one, 0) / Math.max(1, conditions.length)
  // What just misses its limit is no better for serving more.
  const failed = conditions.some(({ held }) => !held) ? FAILED : 0
  return distance + failed + GOODPUT_WEIGHT * successOf(routes)
}

const FAILED = -0.2

function successOf(routes: RunRecord['routes']): number {
  let [succeeded, offered] = [0, 0]
  for (const { totals } of Object.values(routes)) {
    succeeded += totals.succeeded
    offered += totals.offered
  }
  return offered === 0 ? 0 : succeeded / offered
}
