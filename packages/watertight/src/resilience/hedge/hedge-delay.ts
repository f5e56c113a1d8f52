import { LearnedDuration } from '../quantile/learned-duration.ts'
import type { HedgeSettings } from './hedge-options.ts'

/** How long to wait before the next hedge: fixed, or by a quantile of what first tries took. */
export class HedgeDelay {
  readonly #after: HedgeSettings['after']
  readonly #durations: LearnedDuration | undefined

  constructor(after: HedgeSettings['after']) {
    this.#after = after
    this.#durations = typeof after === 'number' ? undefined : new LearnedDuration(after)
  }

  /** In milliseconds; infinite: no hedge. */
  delayMs(now: number): number {
    if (typeof this.#after === 'number') return this.#after
    const estimate = this.#durations?.estimate(now)
    if (estimate === undefined) return this.#after.initialMs
    return Math.min(this.#after.ceilingMs, Math.max(this.#after.floorMs, estimate))
  }

  /** A first try was answered after so long, or lost to a hedge by then: it was slow, and counts as that. */
  learn(durationMs: number, now: number): void {
    this.#durations?.learn(durationMs, now)
  }

  /** A first try ended otherwise. */
  learnIfSlow(durationMs: number, now: number): void {
    this.#durations?.learnIfSlow(durationMs, now)
  }
}
