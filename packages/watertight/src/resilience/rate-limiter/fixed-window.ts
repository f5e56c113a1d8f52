import type { Limit } from './limit.ts'

/** So much in each span of `perMs` milliseconds. */
export interface WindowRate {
  readonly limit: number
  readonly perMs: number
}

/**
 * Fixed window: the first call opens a window, `limit` calls fit into it, and the first one after its end opens the next. Windows of
 * different keys begin at different times, so that they do not all come back at once.
 *
 * Promises: at most `limit` in each window; so at most twice as much in any span of `perMs` (the end of one window and the
 * beginning of the next). Where that is too much: {@link SlidingLog}, {@link SlidingCounter}.
 */
export class FixedWindow implements Limit {
  readonly capacity: number
  protected readonly perMs: number
  #end = Number.NEGATIVE_INFINITY
  #taken = 0

  constructor({ limit, perMs }: WindowRate) {
    this.capacity = limit
    this.perMs = perMs
  }

  readyAt(cost: number, now: number): number {
    return this.used(now) + cost <= this.capacity ? now : this.#end
  }

  earliestFor(total: number, now: number): number {
    const free = Math.max(0, this.capacity - this.used(now))
    if (total <= free) return now
    const later = Math.ceil((total - free) / this.capacity)
    const end = now >= this.#end ? this.endFrom(now) : this.#end
    return end + (later - 1) * this.perMs
  }

  take(cost: number, now: number): void {
    if (now >= this.#end) {
      this.#end = this.endFrom(now)
      this.#taken = 0
    }
    this.#taken += cost
  }

  used(now: number): number {
    return now >= this.#end ? 0 : this.#taken
  }

  /** When a window is over that the first call at `now` opens. */
  protected endFrom(now: number): number {
    return now + this.perMs
  }
}
