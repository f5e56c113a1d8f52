import type { Arrivals } from 'watertight/simulation'

const NEAR_MS = 1_000

/** Arrivals at known instants, in rising order. Whoever wants more of them makes another schedule. */
export class ScheduledArrivals implements Arrivals {
  readonly #instants: readonly number[]
  #next = 0

  constructor(instants: readonly number[]) {
    this.#instants = instants
  }

  next(): number | undefined {
    return this.#instants[this.#next++]
  }

  /** As many as come within half a second before and after. */
  rateAt(ms: number): number {
    return this.#instants.filter((instant) => Math.abs(instant - ms) <= NEAR_MS / 2).length
  }

  scaled(): ScheduledArrivals {
    return new ScheduledArrivals(this.#instants)
  }
}
