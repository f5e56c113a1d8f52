import { requirePositiveInteger } from '../../runtime/option.ts'
import type { OutcomeWindow, WindowTotals } from './outcome-window.ts'

const UNUSED = 0
const USED = 1
const FAILED = 2
const SLOW = 4

/**
 * The last `size` outcomes of a dependency, in constant time and memory per outcome.
 *
 * Answers "what share of the last n calls failed?", whatever time they took to happen. Where calls are rare, an old failure
 * stays in the window for long: prefer a {@link TimeWindow} there.
 *
 * @example
 * const window = new CountWindow(100)
 * window.record(true, false)
 * window.totals() // { calls: 1, failures: 1, slow: 0 }
 *
 * @throws WatertightError `INVALID_OPTION` when `size` is no positive whole number.
 */
export class CountWindow implements OutcomeWindow {
  readonly #ring: Uint8Array
  #next = 0
  calls = 0
  failures = 0
  slow = 0

  constructor(size: number) {
    this.#ring = new Uint8Array(requirePositiveInteger('window', size))
  }

  record(failed: boolean, slow: boolean): void {
    const forgotten = this.#ring[this.#next] as number
    if (forgotten === UNUSED) this.calls++
    if ((forgotten & FAILED) !== 0) this.failures--
    if ((forgotten & SLOW) !== 0) this.slow--
    if (failed) this.failures++
    if (slow) this.slow++

    this.#ring[this.#next] = USED | (failed ? FAILED : 0) | (slow ? SLOW : 0)
    this.#next = (this.#next + 1) % this.#ring.length
  }

  totals(): WindowTotals {
    return { calls: this.calls, failures: this.failures, slow: this.slow }
  }

  clear(): void {
    this.#ring.fill(UNUSED)
    this.#next = this.calls = this.failures = this.slow = 0
  }
  /** What does not fit is left out in proportion. */
  restore({ calls, failures, slow }: WindowTotals): void {
    this.clear()
    const kept = Math.min(calls, this.#ring.length)
    const share = calls === 0 ? 0 : kept / calls
    const failed = Math.round(failures * share)
    const slowed = Math.round(slow * share)
    for (let i = 0; i < kept; i++) this.record(i < failed, i < slowed)
  }
}
