import type { WindowRate } from './fixed-window.ts'
import type { Limit } from './limit.ts'

/**
 * Permits that are refreshed: time is cut into periods of `perMs`, at multiples of it on the runtime's clock, and each period has
 * `limit` permits. With a queue, those who wait have the first claim on the permits of the periods to come. What a period has
 * left is not carried over.
 *
 * Promises: at most `limit` in each period; so at most twice as much in any span of `perMs`.
 *
 * After the rate limiter of Resilience4j. Unlike there, a caller that stops waiting gives back what it had claimed.
 */
export class RefreshPeriod implements Limit {
  readonly capacity: number
  readonly #perMs: number
  /** When the period of the last taking is over. */
  #end = Number.NEGATIVE_INFINITY
  #taken = 0

  constructor({ limit, perMs }: WindowRate) {
    this.capacity = limit
    this.#perMs = perMs
  }

  readyAt(cost: number, now: number): number {
    return this.used(now) + cost <= this.capacity ? now : this.#end
  }

  earliestFor(total: number, now: number): number {
    const free = Math.max(0, this.capacity - this.used(now))
    if (total <= free) return now
    const later = Math.ceil((total - free) / this.capacity)
    return this.#endAt(now) + (later - 1) * this.#perMs
  }

  take(cost: number, now: number): void {
    if (now >= this.#end) {
      this.#end = this.#endAt(now)
      this.#taken = 0
    }
    this.#taken += cost
  }

  used(now: number): number {
    return now >= this.#end ? 0 : this.#taken
  }

  /** When the period is over that `now` is in. */
  #endAt(now: number): number {
    if (now < this.#end) return this.#end
    const end = (Math.floor(now / this.#perMs) + 1) * this.#perMs
    // The quotient can be rounded to just below a whole number: a period must not end when it begins.
    return end > now ? end : end + this.#perMs
  }
}
