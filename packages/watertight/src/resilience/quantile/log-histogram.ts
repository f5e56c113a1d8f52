/** Each bucket reaches 5% further than the one before: estimates are within 2.5% of the truth. */
const GROWTH = 1.05
const PER_LOG = 1 / Math.log(GROWTH)
/** Milliseconds. Shorter ones count as this long. */
const LEAST = 0.01
/** From 10 microseconds to more than a day. */
const BUCKETS = 480
/** Where in its bucket a value is taken to be: the error is the same to either side. */
const MIDDLE = 2 / (1 + GROWTH)

/**
 * How often values of which size occurred, in buckets that grow by a constant factor: recording takes constant time and memory,
 * and any quantile can be estimated with a bounded relative error. After C. Masson, J. Rim, H. Lee, "DDSketch" (VLDB 2019).
 *
 * @example
 * const histogram = new LogHistogram()
 * histogram.record(12.5)
 * histogram.quantile(0.99) // 12.5, give or take 2.5%
 */
export class LogHistogram {
  count = 0
  readonly #buckets = new Uint32Array(BUCKETS)

  /** `value` in milliseconds, 0 or more. */
  record(value: number): void {
    const bucket = bucketOf(value)
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1
    this.count++
  }

  /** The value that a share of `q` (0 to 1) does not exceed; NaN when nothing was recorded. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN
    let remaining = Math.max(1, Math.ceil(q * this.count))
    let bucket = -1
    while (remaining > 0) remaining -= this.#buckets[++bucket] as number
    return LEAST * GROWTH ** bucket * MIDDLE
  }

  /** Takes away what `other` recorded, which must be part of this. */
  subtract(other: LogHistogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#buckets[bucket] = (this.#buckets[bucket] as number) - (other.#buckets[bucket] as number)
    }
    this.count -= other.count
  }

  clear(): void {
    this.#buckets.fill(0)
    this.count = 0
  }
}

function bucketOf(value: number): number {
  if (!(value > LEAST)) return 0
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(value / LEAST) * PER_LOG))
}
