import { requirePositive, requirePositiveInteger } from '../../runtime/option.ts'
import type { OutcomeWindow, WindowTotals } from './outcome-window.ts'

/**
 * The outcomes of the last `spanMs` milliseconds, in `buckets` steps: constant memory, and time that does not depend on the
 * number of outcomes. What is older than the span is never counted; the youngest part of it that is already forgotten is at
 * most one bucket wide.
 *
 * Buckets advance by the time that has passed, not one for each outcome: after an idle hour the window is empty.
 *
 * @example
 * const window = new TimeWindow(10_000)
 * window.record(true, false, runtime.now())
 * window.totals(runtime.now()) // { calls: 1, failures: 1, slow: 0 }
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export class TimeWindow implements OutcomeWindow {
  readonly #bucketMs: number
  readonly #calls: Float64Array
  readonly #failures: Float64Array
  readonly #slow: Float64Array
  /** Number of the newest bucket, counted from the beginning of time. */
  #newest = Number.NEGATIVE_INFINITY
  #total = { calls: 0, failures: 0, slow: 0 }

  constructor(spanMs: number, buckets: number = 10) {
    this.#bucketMs = requirePositive('window', spanMs) / requirePositiveInteger('buckets', buckets)
    this.#calls = new Float64Array(buckets)
    this.#failures = new Float64Array(buckets)
    this.#slow = new Float64Array(buckets)
  }

  record(failed: boolean, slow: boolean, now: number): void {
    this.#advance(now)
    const slot = this.#slot(this.#newest)
    this.#calls[slot]!++
    this.#total.calls++
    if (failed) {
      this.#failures[slot]!++
      this.#total.failures++
    }
    if (slow) {
      this.#slow[slot]!++
      this.#total.slow++
    }
  }

  totals(now: number): WindowTotals {
    this.#advance(now)
    return { ...this.#total }
  }

  clear(): void {
    this.#calls.fill(0)
    this.#failures.fill(0)
    this.#slow.fill(0)
    this.#total = { calls: 0, failures: 0, slow: 0 }
  }

  #advance(now: number): void {
    const bucket = Math.floor(now / this.#bucketMs)
    if (bucket <= this.#newest) return
    if (bucket - this.#newest >= this.#calls.length) this.clear()
    else for (let passed = this.#newest + 1; passed <= bucket; passed++) this.#forget(this.#slot(passed))
    this.#newest = bucket
  }

  #forget(slot: number): void {
    this.#total.calls -= this.#calls[slot] as number
    this.#total.failures -= this.#failures[slot] as number
    this.#total.slow -= this.#slow[slot] as number
    this.#calls[slot] = this.#failures[slot] = this.#slow[slot] = 0
  }

  #slot(bucket: number): number {
    const { length } = this.#calls
    return ((bucket % length) + length) % length
  }
}
