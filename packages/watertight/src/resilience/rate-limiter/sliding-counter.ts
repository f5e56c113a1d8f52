import type { WindowRate } from './fixed-window.ts'
import { type Limit, roundedTo } from './limit.ts'

/** A {@link WindowRate}, counted in so many slices of the window. */
export interface SlicedRate extends WindowRate {
  readonly slices: number
}

/**
 * Sliding-window counter: counts by slices of the window instead of remembering calls. The slice that the window is just leaving
 * counts by the share that is still inside, as if its calls had come evenly.
 *
 * Promises: at most `limit` in any span of `(slices - 1) / slices` of `perMs`; over a whole `perMs` the calls of one slice at most
 * can slip through beside them, and never more than twice the limit. With 1 slice it is the well-known estimate from the
 * current and the previous window. An even flow just below the limit is let
 * through whole.
 *
 * After Cloudflare, "How we built rate limiting capable of scaling to millions of domains" (2017), with finer slices.
 */
export class SlidingCounter implements Limit {
  readonly capacity: number
  readonly #perMs: number
  readonly #sliceMs: number
  readonly #slices: number
  /** Ring: the current slice, those wholly in the window, and the one that it is leaving. */
  readonly #counts: Float64Array
  /** Number of the current slice, counted from the beginning of time. */
  #current = 0
  #taken = 0

  constructor({ limit, perMs, slices }: SlicedRate) {
    this.capacity = limit
    this.#perMs = perMs
    this.#sliceMs = perMs / slices
    this.#slices = slices
    this.#counts = new Float64Array(slices + 1)
  }

  readyAt(cost: number, now: number): number {
    this.#advance(now)
    let excess = this.#taken + cost - this.capacity
    for (let i = 0; excess > 0 && i <= this.#slices; i++) {
      const leaving = this.#leaving(i)
      // From counts and whole slices alone, so that asking later gives the same.
      if (leaving >= excess) {
        return roundedTo(now, (this.#current + i + excess / leaving) * this.#sliceMs, this.#perMs)
      }
      excess -= leaving
    }
    return now
  }

  earliestFor(total: number, now: number): number {
    this.#advance(now)
    // Whole limits beyond the first each need at least the span for which the limit is kept strictly.
    const spans = Math.max(0, Math.ceil(total / this.capacity) - 1)
    let excess = this.#taken + (total - spans * this.capacity) - this.capacity
    let instant = now
    // What is taken meanwhile weighs on the slice that is leaving, and may so make it leave faster: not before it begins.
    for (let i = 0; excess > 0; i++) {
      instant = (this.#current + i) * this.#sliceMs
      excess -= this.#leaving(i)
    }
    return instant + spans * (this.#perMs - this.#sliceMs)
  }

  take(cost: number, now: number): void {
    this.#advance(now)
    const at = this.#slot(this.#current)
    this.#counts[at] = (this.#counts[at] as number) + cost
    this.#taken += cost
  }

  used(now: number): number {
    this.#advance(now)
    const leaving = this.#leaving(0)
    const left = Math.min(1, Math.max(0, now / this.#sliceMs - this.#current))
    return this.#taken - leaving * left
  }

  /** What the window leaves behind in the i-th slice from now. */
  #leaving(i: number): number {
    return this.#counts[this.#slot(this.#current - this.#slices + i)] as number
  }

  #advance(now: number): void {
    const slice = Math.floor(now / this.#sliceMs)
    if (slice <= this.#current) return
    if (slice - this.#current > this.#slices) {
      this.#counts.fill(0)
      this.#taken = 0
    } else {
      for (let passed = this.#current + 1; passed <= slice; passed++) {
        const at = this.#slot(passed)
        this.#taken -= this.#counts[at] as number
        this.#counts[at] = 0
      }
    }
    this.#current = slice
  }

  #slot(slice: number): number {
    const length = this.#slices + 1
    return ((slice % length) + length) % length
  }
}
