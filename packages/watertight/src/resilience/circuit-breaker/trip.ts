import type { BreakerSettings } from './breaker-options.ts'
import type { WindowTotals } from './outcome-window.ts'

/** Why a circuit should open, in words with numbers; undefined: it should not. */
export function reasonToOpen(
  { failures, failureRate, slowCallRate, minimumCalls }: BreakerSettings,
  totals: WindowTotals,
  inARow: number,
): string | undefined {
  if (failures !== undefined && inARow >= failures) return `${inARow} failed in a row`
  if (totals.calls < minimumCalls) return undefined
  if (failureRate !== undefined && totals.failures >= failureRate * totals.calls) {
    return `${totals.failures} of ${totals.calls} failed`
  }
  if (slowCallRate !== undefined && totals.slow >= slowCallRate * totals.calls) {
    return `${totals.slow} of ${totals.calls} were slow`
  }
  return undefined
}
