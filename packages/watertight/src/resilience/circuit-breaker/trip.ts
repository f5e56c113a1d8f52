import type { BreakerSettings } from './breaker-options.ts'
import type { WindowTotals } from './outcome-window.ts'

/**
 * Why a circuit should open, in words with numbers; undefined: it should not. `stillSlow` calls are under way and slow already:
 * for the rate of slow calls they are two things at once, calls and slow.
 */
export function reasonToOpen(
  { failures, failureRate, slowCallRate, minimumCalls }: BreakerSettings,
  totals: WindowTotals,
  inARow: number,
  stillSlow: number,
): string | undefined {
  if (failures !== undefined && inARow >= failures) return `${inARow} failed in a row`
  if (failureRate !== undefined && totals.calls >= minimumCalls && totals.failures >= failureRate * totals.calls) {
    return `${totals.failures} of ${totals.calls} failed`
  }
  if (slowCallRate === undefined) return undefined
  const calls = totals.calls + stillSlow
  const slow = totals.slow + stillSlow
  if (calls < minimumCalls || slow < slowCallRate * calls) return undefined
  return stillSlow === 0
    ? `${slow} of ${calls} were slow`
    : `${slow} of ${calls} were slow, ${stillSlow} of them still are`
}
