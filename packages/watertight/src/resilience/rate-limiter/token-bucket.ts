import { type Limit, roundedTo } from './limit.ts'

/** A rate of `limit` per `perMs` milliseconds, and how much may be saved up. */
export interface BurstRate {
  readonly limit: number
  readonly perMs: number
  readonly burst: number
}

/**
 * Token bucket: tokens flow in steadily, at most `burst` of them are kept, each call takes some out.
 *
 * Promises: in any span of t milliseconds at most `burst + t * limit / perMs`. So after a pause up to `burst` calls come at once;
 * over a longer time the rate holds.
 *
 * After the single-rate meter of RFC 2697. The bucket is not filled by a timer: how full it is follows from when it was last
 * taken from.
 */
export class TokenBucket implements Limit {
  readonly capacity: number
  readonly #msPerToken: number
  /** What was there at `#at`; negative: a debt. */
  #tokens: number
  #at = Number.NEGATIVE_INFINITY

  constructor({ limit, perMs, burst }: BurstRate) {
    this.capacity = burst
    this.#msPerToken = perMs / limit
    this.#tokens = burst
  }

  readyAt(cost: number, now: number): number {
    const instant = this.#at + (cost - this.#tokens) * this.#msPerToken
    return roundedTo(now, instant, this.capacity * this.#msPerToken)
  }

  earliestFor(total: number, now: number): number {
    return now + (total - this.#tokensAt(now)) * this.#msPerToken
  }

  take(cost: number, now: number): void {
    this.#tokens = this.#tokensAt(now) - cost
    this.#at = Math.max(now, this.#at)
  }

  used(now: number): number {
    return this.capacity - this.#tokensAt(now)
  }

  #tokensAt(now: number): number {
    return Math.min(this.capacity, this.#tokens + Math.max(0, now - this.#at) / this.#msPerToken)
  }
}
