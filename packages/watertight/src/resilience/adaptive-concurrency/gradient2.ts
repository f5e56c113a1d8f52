import { guarded } from './limit-guard.ts'
import { type LimitBounds, type LimitLaw, type LimitSample, bounded } from './limit-law.ts'
import { SampleWindow, type SampleWindowSettings } from './sample-window.ts'

/** How a Gradient2 limit moves. */
export interface Gradient2Settings extends LimitBounds, SampleWindowSettings {
  /** Calls that may wait at the dependency: what the limit grows by while it is not slower than usual. */
  readonly queueSize: number
  /** Slower by less than this factor is not slower. */
  readonly tolerance: number
  /** Share of each new value that is taken over. */
  readonly smoothing: number
  /** Windows that "usual" is averaged over. */
  readonly longWindow: number
  /** What a window with drops multiplies the limit by. */
  readonly decrease: number
}

const WARM_UP = 10
/** "Usual" is too high by this factor when it was learned in bad times: then it is unlearned, a little each window. */
const STALE = 2
const UNLEARN = 0.95
const LEAST_GRADIENT = 0.5

/**
 * Compares how long calls take now with a long average of it: gradient = tolerance x long / short, between 0.5 and 1, and
 * limit = limit x gradient + queueSize, smoothed.
 *
 * Its known drift: the long average learns slowness too, if it lasts. So the limit keeps growing, by queueSize x smoothing each
 * window, while durations rise more slowly than the average follows. Sudden slowness it notices well.
 *
 * After Gradient2 of Netflix's concurrency-limits.
 */
export class Gradient2Law implements LimitLaw {
  readonly #settings: Gradient2Settings
  readonly #window: SampleWindow
  #limit: number
  #long = 0
  #windows = 0

  constructor(settings: Gradient2Settings) {
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
    const { durationMs: short, inFlight, dropped } = summary
    const { tolerance, queueSize, smoothing, decrease } = this.#settings
    if (dropped) {
      this.#limit = bounded(this.#limit * decrease, this.#settings)
      return
    }
    const long = this.#average(short)
    const gradient = short === 0 ? 1 : Math.min(1, Math.max(LEAST_GRADIENT, (tolerance * long) / short))
    const next = this.#limit * (1 - smoothing) + (this.#limit * gradient + queueSize) * smoothing
    this.#limit = bounded(guarded(next, this.#limit, inFlight), this.#settings)
  }

  state(): { readonly longMs: number } {
    return { longMs: this.#long }
  }

  /** The long average with this one in it: plain at first, then exponential. */
  #average(short: number): number {
    const share = this.#windows < WARM_UP ? 1 / ++this.#windows : 2 / (this.#settings.longWindow + 1)
    this.#long += (short - this.#long) * share
    const long = this.#long
    if (long > short * STALE) this.#long *= UNLEARN
    return long
  }
}
