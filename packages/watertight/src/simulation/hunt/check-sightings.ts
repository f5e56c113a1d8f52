import type { Anomaly, Sightings } from './history.ts'

/**
 * Holds what a subscription was handed over against the log it follows: from the first value on, each one once, or, where
 * repetitions are allowed, again from some earlier value on, and never with a gap.
 */
export function checkSightings(
  log: readonly string[],
  { subscription, values, mayRepeat }: Sightings,
): readonly Anomaly[] {
  const place = new Map(log.map((value, i) => [value, i]))
  const anomalies: Anomaly[] = []
  const found = (kind: Anomaly['kind'], text: string): void => {
    anomalies.push({ kind, text: `subscription ${subscription}: ${text}` })
  }
  let before = -1
  let furthest = -1
  for (const value of values) {
    const at = place.get(value)
    if (at === undefined) {
      found('invented', `${value} is not in the log`)
      continue
    }
    if (at > furthest + 1) found('skipped', `${value} came without ${log[furthest + 1]}`)
    else if (at <= furthest && !mayRepeat) found('duplicated', `${value} came again`)
    else if (at > before + 1) found('reordered', `${value} came again without ${log[before + 1]} before it`)
    before = at
    furthest = Math.max(furthest, at)
  }
  if (furthest + 1 < log.length) found('unseen', `${log[furthest + 1]} never came`)
  return anomalies
}
