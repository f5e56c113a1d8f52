/**
 * How many permits a pool has at present: from `core` up to `max`, one more each time the queue was full, one less when the
 * last one was not used for `idleMs`. Looks at the clock only above `core`, and needs no timer: what is over the time goes when
 * someone looks.
 */
export class PoolSize {
  #core: number
  #max: number
  #idleMs: number
  /** For each permit above the core, when it was last given back. */
  readonly #givenBack: number[] = []

  constructor(core: number, max: number, idleMs: number) {
    this.#core = core
    this.#max = max
    this.#idleMs = idleMs
  }

  /** Permits that are there while `active` are taken. */
  at(active: number, now: () => number): number {
    const extra = this.#givenBack
    if (extra.length > 0 && active < this.#core + extra.length) {
      const deadline = now() - this.#idleMs
      while (active < this.#core + extra.length && (extra.at(-1) ?? Infinity) <= deadline) extra.pop()
    }
    return this.#core + extra.length
  }

  /** Makes room for one more than `active`; false when that is above `max`. */
  grow(active: number): boolean {
    if (active >= this.#max) return false
    while (this.#core + this.#givenBack.length <= active) this.#givenBack.push(Infinity)
    return true
  }

  /** One was given back, and `active` are still taken. */
  gaveBack(active: number, now: () => number): void {
    const which = active - this.#core
    if (which >= 0 && which < this.#givenBack.length) this.#givenBack[which] = now()
  }

  /** Other bounds. Permits above a lower `max` go at once: what is taken of them is not given out again. */
  resize(core: number, max: number, idleMs: number): void {
    this.#core = core
    this.#max = max
    this.#idleMs = idleMs
    this.#givenBack.length = Math.min(this.#givenBack.length, max - core)
  }
}
