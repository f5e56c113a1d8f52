import { requirePositive, requirePositiveInteger } from '../../runtime/option.ts'
import type { OutcomeWindow, WindowTotals } from './outcome-window.ts'

const FAILURES = 1
const SLOW = 2
const WIDTH = 3

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
  calls = 0
  failures = 0
  slow = 0
  readonly #bucketMs: number
  readonly #buckets: number
  /** Calls, failures and slow ones of each bucket, side by side. */
  readonly #counts: Uint32Array
  /** Number of the newest bucket, counted from the beginning of time, and the instant when it ends. */
  #newest = Number.NEGATIVE_INFINITY
  #end = Number.NEGATIVE_INFINITY
  /** Where the newest bucket begins in the counts. */
  #at = 0

  constructor(spanMs: number, buckets: number = 10) {
    this.#bucketMs = requirePositive('window', spanMs) / requirePositiveInteger('buckets', buckets)
    this.#buckets = buckets
    this.#counts = new Uint32Array(buckets * WIDTH)
  }

  record(failed: boolean, slow: boolean, now: number): void {
    if (now >= this.#end) this.#advance(now)
    const counts = this.#counts
    const at = this.#at
    counts[at] = (counts[at] as number) + 1
    this.calls++
    if (failed) {
      counts[at + FAILURES] = (counts[at + FAILURES] as number) + 1
      this.failures++
    }
    if (slow) {
      counts[at + SLOW] = (counts[at + SLOW] as number) + 1
      this.slow++
    }
  }

  totals(now: number): WindowTotals {
    if (now >= this.#end) this.#advance(now)
    return { calls: this.calls, failures: this.failures, slow: this.slow }
  }

  clear(): void {
    this.#counts.fill(0)
    this.calls = this.failures = this.slow = 0
  }

  restore({ calls, failures, slow }: WindowTotals, now: number): void {
    this.#advance(now)
    this.clear()
    this.#counts.set([calls, failures, slow], this.#at)
    this.calls = calls
    this.failures = failures
    this.slow = slow
  }

  #advance(now: number): void {
    const bucket = Math.floor(now / this.#bucketMs)
    if (bucket - this.#newest >= this.#buckets) this.clear()
    else for (let passed = this.#newest + 1; passed <= bucket; passed++) this.#forget(this.#slot(passed))
    this.#newest = Math.max(bucket, this.#newest)
    this.#at = this.#slot(this.#newest)
    this.#end = (this.#newest + 1) * this.#bucketMs
  }

  #forget(at: number): void {
    const counts = this.#counts
    this.calls -= counts[at] as number
    this.failures -= counts[at + FAILURES] as number
    this.slow -= counts[at + SLOW] as number
    counts.fill(0, at, at + WIDTH)
  }

  #slot(bucket: number): number {
    return (((bucket % this.#buckets) + this.#buckets) % this.#buckets) * WIDTH
  }
}
