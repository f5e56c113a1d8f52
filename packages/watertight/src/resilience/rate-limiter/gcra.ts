import { type Limit, roundedTo } from './limit.ts'
import type { BurstRate } from './token-bucket.ts'

/**
 * Generic cell rate algorithm: decides like a {@link TokenBucket} and remembers one single number, the instant when all that
 * was taken will have been paid for ("theoretical arrival time"). The one to choose for very many keys, or where the state
 * lives elsewhere.
 *
 * Promises: in any span of t milliseconds at most `burst + t * limit / perMs`.
 *
 * After ITU-T recommendation I.371, virtual scheduling.
 */
export class Gcra implements Limit {
  readonly capacity: number
  readonly #msPerToken: number
  #paidAt = Number.NEGATIVE_INFINITY

  constructor({ limit, perMs, burst }: BurstRate) {
    this.capacity = burst
    this.#msPerToken = perMs / limit
  }

  readyAt(cost: number, now: number): number {
    return roundedTo(now, this.earliestFor(cost, now), this.capacity * this.#msPerToken)
  }

  earliestFor(total: number, now: number): number {
    return Math.max(this.#paidAt, now) + (total - this.capacity) * this.#msPerToken
  }

  take(cost: number, now: number): void {
    this.#paidAt = Math.max(this.#paidAt, now) + cost * this.#msPerToken
  }

  used(now: number): number {
    return Math.max(0, this.#paidAt - now) / this.#msPerToken
  }
}
