import { LogHistogram } from '../quantile/log-histogram.ts'
import { guarded } from './limit-guard.ts'
import { type LimitBounds, type LimitLaw, type LimitSample, bounded } from './limit-law.ts'
import type { SampleWindowSettings } from './sample-window.ts'

/** How a gradient limit moves. */
export interface GradientSettings extends LimitBounds, SampleWindowSettings {
  /** Share by which calls may be slower than without load. */
  readonly buffer: number
  /** Which quantile of durations is compared. */
  readonly quantile: number
  /** How often the duration without load is measured. */
  readonly probeEveryMs: number
  /** Up to this share longer, drawn at random, so that many processes do not probe in step. */
  readonly probeJitter: number
  /** The limit while it is measured. */
  readonly probeLimit: number
  /** Answers that a measurement takes. */
  readonly probeCalls: number
  /** What a window with drops multiplies the limit by. */
  readonly decrease: number
}

const LEAST_GRADIENT = 0.5
const MOST_GRADIENT = 2
/** So many windows in a row at the lower bound: the baseline must be wrong. */
const STUCK = 5

/**
 * Compares durations with those that are measured, from time to time, with only `probeLimit` calls under way:
 * gradient = baseline x (1 + buffer) / present, between 0.5 and 2, and limit = limit x gradient, plus its square root as
 * headroom. At a dependency that does c calls at once it settles at c x (1 + buffer) + sqrt(c x (1 + buffer)), and does
 * not drift: the price are the probes, while which more calls wait or are refused.
 *
 * After the gradient controller of Envoy's adaptive concurrency filter.
 */
export class GradientLaw implements LimitLaw {
  readonly #settings: GradientSettings
  readonly #random: () => number
  readonly #durations = new LogHistogram()
  #limit: number
  #baselineMs = Number.NaN
  #inFlight = 0
  #dropped = false
  #windowEndsAt = Number.NaN
  #atBottom = 0
  /** While probing: since when. */
  #probingSince: number | undefined = Number.NEGATIVE_INFINITY
  #probeAt = Infinity

  constructor(settings: GradientSettings, random: () => number) {
    this.#settings = settings
    this.#random = random
    this.#limit = settings.initial
  }

  get limit(): number {
    return this.#probingSince === undefined ? this.#limit : Math.min(this.#limit, this.#settings.probeLimit)
  }

  tick(now: number): void {
    if (now >= this.#probeAt) this.#probe(now)
  }

  learn(sample: LimitSample): void {
    this.tick(sample.now)
    if (this.#probingSince === undefined) this.#observe(sample)
    // Calls from before ran under the full limit: their durations are no baseline.
    else if (!sample.dropped && sample.startedAt >= this.#probingSince) this.#measure(sample)
  }

  state(): { readonly baselineMs: number; readonly probing: boolean } {
    return { baselineMs: this.#baselineMs, probing: this.#probingSince !== undefined }
  }

  #probe(now: number): void {
    this.#probingSince = now
    this.#probeAt = Infinity
    this.#atBottom = 0
    this.#clear()
  }

  #measure({ durationMs, now }: LimitSample): void {
    const { probeCalls, probeEveryMs, probeJitter, quantile } = this.#settings
    this.#durations.record(durationMs)
    if (this.#durations.count < probeCalls) return
    this.#baselineMs = this.#durations.quantile(quantile)
    this.#probingSince = undefined
    this.#probeAt = now + probeEveryMs * (1 + probeJitter * this.#random())
    this.#clear()
  }

  #observe({ durationMs, inFlight, dropped, now }: LimitSample): void {
    if (Number.isNaN(this.#windowEndsAt)) this.#windowEndsAt = now + this.#settings.windowMs
    this.#inFlight = Math.max(this.#inFlight, inFlight)
    if (dropped) this.#dropped = true
    else this.#durations.record(durationMs)
    const enough = this.#dropped || this.#durations.count >= this.#settings.minSamples
    if (!enough || now < this.#windowEndsAt) return
    this.#adjust()
    this.#clear()
    if (this.#atBottom >= STUCK) this.#probe(now)
  }

  #adjust(): void {
    const { quantile, buffer, decrease, min } = this.#settings
    if (this.#dropped) this.#limit = bounded(this.#limit * decrease, this.#settings)
    else {
      const raw = (this.#baselineMs * (1 + buffer)) / this.#durations.quantile(quantile)
      const limit = this.#limit * Math.min(MOST_GRADIENT, Math.max(LEAST_GRADIENT, raw))
      this.#limit = bounded(guarded(limit + Math.sqrt(limit), this.#limit, this.#inFlight), this.#settings)
    }
    this.#atBottom = this.#limit <= min ? this.#atBottom + 1 : 0
  }

  #clear(): void {
    this.#durations.clear()
    this.#inFlight = 0
    this.#dropped = false
    this.#windowEndsAt = Number.NaN
  }
}
