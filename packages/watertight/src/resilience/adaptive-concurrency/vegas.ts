import { guarded } from './limit-guard.ts'
import { type LimitBounds, type LimitLaw, type LimitSample, bounded } from './limit-law.ts'
import { SampleWindow, type SampleWindowSettings } from './sample-window.ts'

/** How a Vegas limit moves. */
export interface VegasSettings extends LimitBounds, SampleWindowSettings {
  /** The limit grows while fewer calls than this, times log10 of the limit, wait at the dependency. */
  readonly alpha: number
  /** It shrinks while more than this, times log10 of the limit, do. */
  readonly beta: number
  /** How long the fastest window counts as the time without load. */
  readonly baselineMs: number
}

/**
 * Estimates how many calls wait inside the dependency, as limit x (1 - fastest / present duration), and keeps that between
 * alpha and beta, both times log10 of the limit.
 *
 * The time without load is the fastest window of late. That is its known weakness: under load that never ends it is measured
 * with a queue of its own making, and each time it is forgotten the limit drifts up by about alpha. The `gradient` law
 * measures it with few calls under way instead.
 *
 * After L. Brakmo, L. Peterson, "TCP Vegas" (1995), with the thresholds of Netflix's concurrency-limits.
 */
export class VegasLaw implements LimitLaw {
  readonly #settings: VegasSettings
  readonly #window: SampleWindow
  #limit: number
  #fastest = Infinity
  /** The fastest of the period before: known while the present one has hardly begun. */
  #fastestBefore = Infinity
  #periodEndsAt = Number.NaN

  constructor(settings: VegasSettings) {
    this.#settings = settings
    this.#window = new SampleWindow(settings)
    this.#limit = settings.initial
  }

  get limit(): number {
    return this.#limit
  }

  learn(sample: LimitSample): void {
    const summary = this.#window.add(sample)
    if (summary === undefined) return
    const { durationMs, inFlight, dropped, now } = summary
    const step = Math.max(1, Math.log10(this.#limit))
    if (dropped) {
      this.#limit = bounded(this.#limit - step, this.#settings)
      return
    }
    this.#measure(durationMs, now)
    const queue = this.#limit * (1 - this.#baseline / durationMs)
    this.#limit = bounded(guarded(this.#move(queue, step), this.#limit, inFlight), this.#settings)
  }

  state(): { readonly baselineMs: number } {
    return { baselineMs: this.#baseline }
  }

  get #baseline(): number {
    return Math.min(this.#fastest, this.#fastestBefore)
  }

  #move(queue: number, step: number): number {
    const { alpha, beta } = this.#settings
    // Hardly anything waits: the limit is far too low.
    if (queue <= step) return this.#limit + beta * step
    if (queue < alpha * step) return this.#limit + step
    return queue > beta * step ? this.#limit - step : this.#limit
  }

  #measure(durationMs: number, now: number): void {
    if (!(now < this.#periodEndsAt)) {
      this.#fastestBefore = this.#fastest
      this.#fastest = Infinity
      this.#periodEndsAt = now + this.#settings.baselineMs / 2
    }
    this.#fastest = Math.min(this.#fastest, durationMs)
  }
}
