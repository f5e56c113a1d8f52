import type { LimitSample } from './limit-law.ts'

/** What the samples of one window say together. */
export interface WindowSummary {
  /** Mean duration of those that were answered; NaN when none was. */
  readonly durationMs: number
  /** Most calls that were under way. */
  readonly inFlight: number
  /** Whether any was dropped. */
  readonly dropped: boolean
  readonly now: number
}

/** How much a window has to see. */
export interface SampleWindowSettings {
  readonly windowMs: number
  readonly minSamples: number
}

/**
 * Gathers samples until enough time has passed and enough are there: one call says little about a dependency whose answers
 * take differently long. After the windowed limit of Netflix's concurrency-limits.
 */
export class SampleWindow {
  readonly #settings: SampleWindowSettings
  #endsAt = Number.NaN
  #count = 0
  #sum = 0
  #answered = 0
  #inFlight = 0
  #dropped = false

  constructor(settings: SampleWindowSettings) {
    this.#settings = settings
  }

  /** The summary, when this sample completes the window. */
  add({ durationMs, inFlight, dropped, now }: LimitSample): WindowSummary | undefined {
    if (this.#count === 0) this.#endsAt = now + this.#settings.windowMs
    this.#count++
    this.#inFlight = Math.max(this.#inFlight, inFlight)
    if (dropped) this.#dropped = true
    else {
      this.#sum += durationMs
      this.#answered++
    }
    if (now < this.#endsAt || this.#count < this.#settings.minSamples) return undefined
    const summary = {
      durationMs: this.#sum / this.#answered,
      inFlight: this.#inFlight,
      dropped: this.#dropped,
      now,
    }
    this.clear()
    return summary
  }

  clear(): void {
    this.#count = this.#sum = this.#answered = this.#inFlight = 0
    this.#dropped = false
  }
}
