/** Buckets in each doubling: values that share one are within 1/64 of each other. */
const PER_OCTAVE = 64
const OCTAVE_BITS = 6
const MICROSECONDS = 1_000
/** Longest: a little more than half an hour. */
const MOST = 2 ** 31 - 1
const BUCKETS = (32 - OCTAVE_BITS) * PER_OCTAVE

/**
 * How often which latency occurred, in buckets of constant relative width over whole microseconds: constant memory, a few
 * integer operations for each value, no logarithm (which may differ between versions of Node), and quantiles within 0.8%.
 * After G. Tene's HdrHistogram.
 *
 * @example
 * const latencies = new LatencyHistogram()
 * latencies.record(12.5)
 * latencies.quantile(0.99) // 12.5, give or take 0.8%
 */
export class LatencyHistogram {
  readonly #buckets = new Uint32Array(BUCKETS)
  #count = 0
  #highest = 0

  /** Number of values. */
  get count(): number {
    return this.#count
  }

  /** The greatest value, exactly; null when there is none. */
  get max(): number | null {
    return this.#count === 0 ? null : this.#highest
  }

  /** `ms`: 0 or more; what is longer than half an hour counts as half an hour. */
  record(ms: number): void {
    const bucket = bucketOf(Math.min(MOST, Math.round(ms * MICROSECONDS)))
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1
    this.#count++
    if (ms > this.#highest) this.#highest = ms
  }

  /** The milliseconds that a share of `q` (0 to 1) does not exceed; null when nothing was recorded. */
  quantile(q: number): number | null {
    if (this.#count === 0) return null
    let remaining = Math.max(1, Math.ceil(q * this.#count))
    let bucket = -1
    while (remaining > 0) remaining -= this.#buckets[++bucket] as number
    return Math.min(this.#highest, middleOf(bucket) / MICROSECONDS)
  }

  clear(): void {
    if (this.#count === 0) return
    this.#buckets.fill(0)
    this.#count = 0
    this.#highest = 0
  }
}

function bucketOf(whole: number): number {
  const shift = Math.max(0, 31 - Math.clz32(whole) - OCTAVE_BITS)
  return shift * PER_OCTAVE + (whole >>> shift)
}

function middleOf(bucket: number): number {
  if (bucket < 2 * PER_OCTAVE) return bucket
  const shift = Math.floor(bucket / PER_OCTAVE) - 1
  const low = (bucket - shift * PER_OCTAVE) * 2 ** shift
  return low + (2 ** shift - 1) / 2
}
