/** When a queue is too slow. */
export interface CodelSettings {
  /** Milliseconds that a wait may take, at the least, in each interval. */
  readonly targetMs: number
  /** Milliseconds that a wait may be above target before it counts: a burst is no overload. */
  readonly intervalMs: number
}

/** A drop soon after shedding ended goes on where that was, if it is this many intervals ago at most. */
const REMEMBERED_INTERVALS = 16

/**
 * Controlled delay. A queue is good while it absorbs bursts and bad while it stands: what tells them apart is the *least* wait
 * during an interval. Once even that is above target, one call is dropped, the next after interval / sqrt(2), interval / sqrt(3)
 * and so on, until a wait is below target again.
 *
 * After K. Nichols, V. Jacobson, "Controlling Queue Delay" (2012), RFC 8289.
 *
 * @example
 * const codel = new Codel({ targetMs: 5, intervalMs: 100 })
 * if (codel.drops(now - waitingSince, now)) refuse()
 */
export class Codel {
  /** Whether it is shedding. */
  dropping = false
  #settings: CodelSettings
  /** When the wait will have been above target for an interval; undefined while it is below. */
  #firstAbove: number | undefined
  #dropNext = 0
  #count = 0
  #lastCount = 0

  constructor(settings: CodelSettings) {
    this.#settings = settings
  }

  update(settings: CodelSettings): void {
    this.#settings = settings
  }

  /** Whether the call that is at the head of the queue, and has waited `waitedMs`, is to be dropped. Ask again for the next. */
  drops(waitedMs: number, now: number): boolean {
    const standing = this.#stands(waitedMs, now)
    if (!this.dropping) return standing && this.#begin(now)
    if (!standing) {
      this.dropping = false
      return false
    }
    if (now < this.#dropNext) return false
    this.#count++
    this.#dropNext = this.#law(this.#dropNext)
    return true
  }

  /** The queue is empty. */
  empty(): void {
    this.#firstAbove = undefined
    this.dropping = false
  }

  #stands(waitedMs: number, now: number): boolean {
    if (waitedMs < this.#settings.targetMs) {
      this.#firstAbove = undefined
      return false
    }
    this.#firstAbove ??= now + this.#settings.intervalMs
    return now >= this.#firstAbove
  }

  #begin(now: number): true {
    this.dropping = true
    // Shed just now already: the rate that was right then is right still.
    const delta = this.#count - this.#lastCount
    const recently = now - this.#dropNext < REMEMBERED_INTERVALS * this.#settings.intervalMs
    this.#count = delta > 1 && recently ? delta : 1
    this.#lastCount = this.#count
    this.#dropNext = this.#law(now)
    return true
  }

  #law(from: number): number {
    return from + this.#settings.intervalMs / Math.sqrt(this.#count)
  }
}
