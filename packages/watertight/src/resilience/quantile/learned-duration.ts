import { QuantileWindow } from './quantile-window.ts'

/** Which quantile of which time, and from how many durations on it is believed. */
export interface LearningSettings {
  readonly quantile: number
  readonly windowMs: number
  readonly warmUp: number
}

/**
 * How long calls take of late, for policies that set a time by it.
 *
 * A call that ran into that time counts as one that took so long: it would have taken longer still. If it were left out, only
 * those that are fast enough would count, and the time would ratchet down with the estimate it is made from.
 */
export class LearnedDuration {
  readonly #window: QuantileWindow
  readonly #warmUp: number

  constructor({ quantile, windowMs, warmUp }: LearningSettings) {
    this.#window = new QuantileWindow(quantile, windowMs)
    this.#warmUp = warmUp
  }

  /** In milliseconds; undefined while too few durations are known. */
  estimate(now: number): number | undefined {
    return this.#window.samples(now) < this.#warmUp ? undefined : this.#window.estimate(now)
  }

  samples(now: number): number {
    return this.#window.samples(now)
  }

  /** A call was answered after so long, or given up on for being slow. */
  learn(durationMs: number, now: number): void {
    this.#window.record(durationMs, now)
  }

  /**
   * A call ended for another reason: it failed, or its caller went away. That says something only if it had been slow
   * already: an error that comes at once is no fast answer.
   */
  learnIfSlow(durationMs: number, now: number): void {
    if (durationMs >= (this.estimate(now) ?? Infinity)) this.#window.record(durationMs, now)
  }
}
