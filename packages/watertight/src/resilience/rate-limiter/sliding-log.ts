import type { WindowRate } from './fixed-window.ts'
import type { Limit } from './limit.ts'

const SLOTS_AT_FIRST = 8

/**
 * Sliding-window log: remembers when each call was let through, and so knows what the last `perMs` milliseconds have seen.
 *
 * Promises: at most `limit` in any span of `perMs`, exactly. Costs memory for up to `limit` calls, where a
 * {@link SlidingCounter} remembers a few numbers: the one to choose for small limits that must hold to the letter.
 */
export class SlidingLog implements Limit {
  readonly capacity: number
  readonly #perMs: number
  /** Ring of instants and costs, oldest first. */
  #instants = new Float64Array(SLOTS_AT_FIRST)
  #costs = new Float64Array(SLOTS_AT_FIRST)
  #oldest = 0
  #entries = 0
  #taken = 0

  constructor({ limit, perMs }: WindowRate) {
    this.capacity = limit
    this.#perMs = perMs
  }

  readyAt(cost: number, now: number): number {
    this.#forget(now)
    let excess = this.#taken + cost - this.capacity
    let ready = now
    for (let i = 0; excess > 0 && i < this.#entries; i++) {
      const at = this.#slot(i)
      excess -= this.#costs[at] as number
      ready = (this.#instants[at] as number) + this.#perMs
    }
    return ready
  }

  earliestFor(total: number, now: number): number {
    // Whole limits beyond the first each need a whole span.
    const spans = Math.max(0, Math.ceil(total / this.capacity) - 1)
    return this.readyAt(total - spans * this.capacity, now) + spans * this.#perMs
  }

  take(cost: number, now: number): void {
    this.#forget(now)
    if (cost === 0) return
    const newest = this.#slot(this.#entries - 1)
    this.#taken += cost
    if (this.#entries > 0 && (this.#instants[newest] as number) >= now) {
      this.#costs[newest] = (this.#costs[newest] as number) + cost
      return
    }
    if (this.#entries === this.#instants.length) this.#grow()
    const at = this.#slot(this.#entries++)
    this.#instants[at] = now
    this.#costs[at] = cost
  }

  used(now: number): number {
    this.#forget(now)
    return this.#taken
  }

  #forget(now: number): void {
    while (this.#entries > 0 && (this.#instants[this.#oldest] as number) + this.#perMs <= now) {
      this.#taken -= this.#costs[this.#oldest] as number
      this.#oldest = this.#slot(1)
      this.#entries--
    }
  }

  #grow(): void {
    const instants = new Float64Array(this.#instants.length * 2)
    const costs = new Float64Array(instants.length)
    for (let i = 0; i < this.#entries; i++) {
      instants[i] = this.#instants[this.#slot(i)] as number
      costs[i] = this.#costs[this.#slot(i)] as number
    }
    this.#instants = instants
    this.#costs = costs
    this.#oldest = 0
  }

  /** Where the i-th oldest entry is. The length is a power of two. */
  #slot(i: number): number {
    return (this.#oldest + i) & (this.#instants.length - 1)
  }
}
