import { guarded } from './limit-guard.ts'
import { type LimitBounds, type LimitLaw, type LimitSample, bounded } from './limit-law.ts'

/** How fast an AIMD limit moves. */
export interface AimdSettings extends LimitBounds {
  /** Added for each round of answered calls, a round being as many as the limit. */
  readonly increase: number
  /** What a dropped call multiplies the limit by. */
  readonly decrease: number
  /** An answer that takes this long counts as dropped; infinite: none does. */
  readonly slowMs: number
}

/**
 * Additive increase, multiplicative decrease: probes upwards by one call a round, and cuts when the dependency pushes back. Of
 * the calls that were under way at a cut none cuts again: they ran under the limit that was wrong. Looks at no durations
 * unless told what is slow, so it settles only where drops happen: with one drop in every n samples, under a peak of
 * sqrt(2n / (1 - decrease^2)).
 *
 * After D. Chiu, R. Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance" (1989).
 */
export class AimdLaw implements LimitLaw {
  readonly #settings: AimdSettings
  #limit: number
  #cutAt = Number.NEGATIVE_INFINITY

  constructor(settings: AimdSettings) {
    this.#settings = settings
    this.#limit = settings.initial
  }

  get limit(): number {
    return this.#limit
  }

  learn({ durationMs, inFlight, dropped, startedAt, now }: LimitSample): void {
    const { increase, decrease, slowMs } = this.#settings
    if (!dropped && durationMs < slowMs) {
      this.#set(guarded(this.#limit + increase / this.#limit, this.#limit, inFlight))
    } else if (startedAt > this.#cutAt) {
      this.#cutAt = now
      this.#set(this.#limit * decrease)
    }
  }

  state(): object {
    return {}
  }

  #set(limit: number): void {
    this.#limit = bounded(limit, this.#settings)
  }
}
