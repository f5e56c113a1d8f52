import type { Timer } from './runtime.ts'

const BITS = 5
const SLOTS = 2 ** BITS
const LEVELS = 6
/** Ticks that the levels cover, about 12 days: the positions within are 30-bit integers, which bitwise operators can take. */
const SPAN = 2 ** (BITS * LEVELS)

/** A link of a ring: a timer, or the slot at the head of its ring. */
class Link {
  previous: Link = this
  next: Link = this
}

class Slot extends Link {
  readonly level: number
  readonly bit: number

  constructor(level: number, index: number) {
    super()
    this.level = level
    this.bit = 1 << index
  }
}

/** A timer in {@link TickSlots}. Its fields are the slots' and the wheel's; users see a {@link Timer}. */
export class WheelTimer extends Link implements Timer {
  readonly due: number
  readonly hold: boolean
  slot: Slot | undefined
  #fire: (() => void) | undefined
  readonly #onCancel: (timer: WheelTimer) => void

  constructor(due: number, fire: () => void, hold: boolean, onCancel: (timer: WheelTimer) => void) {
    super()
    this.due = due
    this.hold = hold
    this.#fire = fire
    this.#onCancel = onCancel
  }

  cancel(): void {
    if (this.#fire === undefined) return
    this.#fire = undefined
    this.#onCancel(this)
  }

  /** The callback, once: from now on the timer cannot be cancelled, nor does it keep what the callback refers to. */
  takeFire(): (() => void) | undefined {
    const fire = this.#fire
    this.#fire = undefined
    return fire
  }
}

/**
 * Timers by the tick on which they are due: a hierarchical timing wheel (Varghese and Lauck 1987, scheme 7) of six levels of
 * 32 slots. A slot of level 0 is one tick, a slot of the next level as long as all slots of this one. What is due beyond the
 * last level waits in one more slot until the wheel gets there.
 *
 * A timer's place follows from the current tick and the tick it is due on alone: the level of the highest digit in which they
 * differ, to base 32. So timers of one tick are always in one slot, and as slots move down a level as a whole and in order,
 * they stay in the order in which they were added.
 */
export class TickSlots {
  readonly #slots = Array.from({ length: LEVELS * SLOTS }, (_, i) => new Slot(Math.floor(i / SLOTS), i % SLOTS))
  readonly #beyond = new Slot(LEVELS, 0)
  /** A bit for each slot that has timers, a word for each level; the last for what is beyond the levels. */
  readonly #occupied = new Int32Array(LEVELS + 1)
  /** The first tick of the span the wheel is in, and the wheel's position within. */
  #spanStart = 0
  #position = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The wheel's position: every timer in it is due later. */
  get tick(): number {
    return this.#spanStart + this.#position
  }

  /** Goes forward to `tick`, while there are no timers. */
  moveTo(tick: number): void {
    if (tick < this.#spanStart || tick >= this.#spanStart + SPAN) this.#spanStart = Math.floor(tick / SPAN) * SPAN
    this.#position = tick - this.#spanStart
  }

  /** Adds a timer that is due after the current tick. */
  add(timer: WheelTimer): void {
    this.#size++
    this.#place(timer)
  }

  remove(timer: WheelTimer): void {
    this.#size--
    timer.previous.next = timer.next
    timer.next.previous = timer.previous
    const { slot } = timer
    if (slot !== undefined && slot.next === slot) this.#setOccupied(slot, false)
  }

  /** Takes the first timer out that is due until this tick, and moves there. */
  takeNext(until: number): WheelTimer | undefined {
    for (let tick = this.nextTick(); tick <= until; tick = this.nextTick()) {
      const slot = this.#nextSlot()
      this.moveTo(tick)
      if (slot.level !== 0) this.#spread(slot)
      else if (slot.next instanceof WheelTimer) {
        const timer = slot.next
        this.remove(timer)
        return timer
      }
    }
    return undefined
  }

  /** The tick before which no timer is due; Infinity when there are none. */
  nextTick(): number {
    if (this.#size === 0) return Infinity
    const { level, bit } = this.#nextSlot()
    if (level === LEVELS) return this.#spanStart + SPAN
    const shift = level * BITS
    const index = 31 - Math.clz32(bit)
    const before = level === LEVELS - 1 ? 0 : (this.#position >>> (shift + BITS)) << (shift + BITS)
    return this.#spanStart + before + (index << shift)
  }

  /** The slot whose timers come first. All slots behind the current position are empty, so no search has to wrap around. */
  #nextSlot(): Slot {
    for (let level = 0; level < LEVELS; level++) {
      const bits = this.#occupied[level] ?? 0
      if (bits === 0) continue
      const index = 31 - Math.clz32(bits & -bits)
      return this.#slots[level * SLOTS + index] ?? this.#beyond
    }
    return this.#beyond
  }

  /** Gives each timer of a slot that the wheel has reached its place on the levels below. */
  #spread(slot: Slot): void {
    const last = slot.previous
    let link = slot.next
    slot.next = slot
    slot.previous = slot
    this.#setOccupied(slot, false)
    while (link instanceof WheelTimer) {
      const { next } = link
      const done = link === last
      this.#place(link)
      if (done) return
      link = next
    }
  }

  #place(timer: WheelTimer): void {
    const slot = this.#slotFor(timer.due)
    const last = slot.previous
    timer.slot = slot
    timer.previous = last
    timer.next = slot
    last.next = timer
    slot.previous = timer
    this.#setOccupied(slot, true)
  }

  #slotFor(due: number): Slot {
    const place = due - this.#spanStart
    if (place >= SPAN) return this.#beyond
    const level = place === this.#position ? 0 : Math.floor((31 - Math.clz32(place ^ this.#position)) / BITS)
    const index = (place >>> (level * BITS)) & (SLOTS - 1)
    return this.#slots[level * SLOTS + index] ?? this.#beyond
  }

  #setOccupied(slot: Slot, occupied: boolean): void {
    const bits = this.#occupied[slot.level] ?? 0
    this.#occupied[slot.level] = occupied ? bits | slot.bit : bits & ~slot.bit
  }
}
