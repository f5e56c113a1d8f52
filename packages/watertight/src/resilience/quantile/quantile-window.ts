import { LogHistogram } from './log-histogram.ts'

const SLICES = 6
/** An estimate is good for so many further samples, or an eighth of them while there are few. */
const FRESH_FOR = 16
const FEW = 8

/**
 * A quantile of the durations of the last `spanMs` milliseconds, in bounded memory and constant time: one histogram for each
 * slice of the window, and their sum. Slices are given up by the time that has passed: after an idle hour nothing is left.
 *
 * @example
 * const p99 = new QuantileWindow(0.99, 60_000)
 * p99.record(12.5, runtime.now())
 * p99.estimate(runtime.now()) // 12.5, give or take 2.5%
 */
export class QuantileWindow {
  readonly #quantile: number
  readonly #sliceMs: number
  readonly #slices: readonly LogHistogram[] = Array.from({ length: SLICES }, () => new LogHistogram())
  readonly #sum = new LogHistogram()
  /** Number of the newest slice, counted from the beginning of time. */
  #newest = Number.NEGATIVE_INFINITY
  #estimate = Number.NaN
  /** Samples until the estimate is made anew. */
  #freshFor = 0

  constructor(quantile: number, spanMs: number) {
    this.#quantile = quantile
    this.#sliceMs = spanMs / SLICES
  }

  record(durationMs: number, now: number): void {
    this.#advance(now)
    this.#slice(this.#newest).record(durationMs)
    this.#sum.record(durationMs)
    this.#freshFor--
  }

  /** Durations in the window. */
  samples(now: number): number {
    this.#advance(now)
    return this.#sum.count
  }

  /** In milliseconds; NaN when the window is empty. At most {@link FRESH_FOR} samples old. */
  estimate(now: number): number {
    this.#advance(now)
    if (this.#freshFor <= 0) {
      this.#estimate = this.#sum.quantile(this.#quantile)
      this.#freshFor = Math.min(FRESH_FOR, Math.floor(this.#sum.count / FEW))
    }
    return this.#estimate
  }

  #advance(now: number): void {
    const slice = Math.floor(now / this.#sliceMs)
    if (slice <= this.#newest) return
    const from = Math.max(this.#newest + 1, slice - SLICES + 1, 0)
    for (let passed = from; passed <= slice; passed++) {
      const old = this.#slice(passed)
      if (old.count === 0) continue
      this.#sum.subtract(old)
      old.clear()
    }
    this.#newest = slice
    this.#freshFor = 0
  }

  #slice(number: number): LogHistogram {
    return this.#slices[number % SLICES] as LogHistogram
  }
}
