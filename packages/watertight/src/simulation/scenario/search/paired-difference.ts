import { studentT } from './student-t.ts'

/** The mean of some numbers, and between which bounds the true one lies 95 times of a hundred. */
export interface Estimate {
  readonly mean: number
  readonly low: number
  readonly high: number
}

const UPPER = 0.975

/**
 * Estimates a mean from independent samples, by Student's t. One sample says nothing of its spread: the interval is infinite.
 *
 * For the difference of two configurations, give the differences seed by seed: with common random numbers most of the chance
 * is the same in both and falls out, which is what makes the interval narrow.
 *
 * @example
 * estimate([1, 2, 3]) // { mean: 2, low: -0.48, high: 4.48 }
 */
export function estimate(samples: readonly number[]): Estimate {
  const n = samples.length
  const mean = samples.reduce((sum, one) => sum + one, 0) / n
  if (n < 2) return { mean, low: Number.NEGATIVE_INFINITY, high: Infinity }
  const variance = samples.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (n - 1)
  const half = studentT(UPPER, n - 1) * Math.sqrt(variance / n)
  return { mean, low: mean - half, high: mean + half }
}

/** Estimates by how much `b` is above `a`, which were seen under the same seeds in the same order. */
export function pairedDifference(a: readonly number[], b: readonly number[]): Estimate {
  return estimate(b.map((one, index) => one - (a[index] as number)))
}
