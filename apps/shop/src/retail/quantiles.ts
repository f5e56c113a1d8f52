/** A distribution by some of its quantiles: pairs of (share of values at or below, value), both rising, from share 0 to 1. */
export type Quantiles = readonly (readonly [share: number, value: number])[]

/** The whole number that `share` of the distribution lies below, interpolated between the two neighbouring quantiles. */
export function atShare(quantiles: Quantiles, share: number): number {
  const above = quantiles.findIndex(([end]) => end >= share)
  const [highShare, high] = quantiles[Math.max(above, 0)] ?? [1, 0]
  const [lowShare, low] = quantiles[above - 1] ?? [highShare, high]
  const part = highShare === lowShare ? 1 : (share - lowShare) / (highShare - lowShare)
  return Math.round(low + part * (high - low))
}
