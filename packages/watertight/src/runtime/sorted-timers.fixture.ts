import { dueTick } from './due-tick.ts'
import type { Timer } from './runtime.ts'

interface ArmedTimer {
  readonly due: number
  /** Counts up with each timer: the order of arming. */
  readonly order: number
  readonly fire: () => void
}

/** Timers in one sorted list: the plainest thing that keeps the contract of timers, to hold the wheel against. */
export class SortedTimers {
  readonly #timers: ArmedTimer[] = []
  #armed = 0

  get size(): number {
    return this.#timers.length
  }

  arm(now: number, delayMs: number, fire: () => void): Timer {
    const timer = { due: dueTick(now, delayMs), order: this.#armed++, fire }
    this.#timers.splice(this.#place(timer), 0, timer)
    return {
      cancel: () => {
        const at = this.#place(timer)
        if (this.#timers[at] === timer) this.#timers.splice(at, 1)
      },
    }
  }

  /** Takes the first timer out that is due until then. */
  takeNext(until: number): ArmedTimer | undefined {
    const first = this.#timers[0]
    return first !== undefined && first.due <= until ? this.#timers.shift() : undefined
  }

  /** Where a timer is, or belongs: behind all that fire before it. */
  #place(timer: ArmedTimer): number {
    let from = 0
    let to = this.#timers.length
    while (from < to) {
      const middle = (from + to) >>> 1
      const other = this.#timers[middle]
      const before =
        other !== undefined && (other.due < timer.due || (other.due === timer.due && other.order < timer.order))
      if (before) from = middle + 1
      else to = middle
    }
    return from
  }
}
