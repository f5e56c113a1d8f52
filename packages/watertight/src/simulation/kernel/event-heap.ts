/** What an entry of an {@link EventHeap} is: how the kernel counts it, and what it does after firing it. */
export type EventKind = number

const ARITY = 4
const FIRST_CAPACITY = 64
const NOBODY = -1

const nothing = (): void => {}

/**
 * What is to happen, by (time, rank). A heap of four children a node over flat arrays: adding, taking the first and removing
 * from anywhere cost a few comparisons of neighbouring numbers, and no object.
 *
 * An entry is known by its slot and a stamp that no other entry ever has, so that a handle which outlives its entry removes
 * nothing. What is removed is gone: its callback is let go, its slot used again.
 *
 * @example
 * const heap = new EventHeap()
 * const slot = heap.add(250, 1, 1, TIMER, () => expire())
 * heap.remove(slot, 1) // true
 */
export class EventHeap {
  // By position in the heap.
  #times = new Float64Array(FIRST_CAPACITY)
  #ranks = new Float64Array(FIRST_CAPACITY)
  #slots = new Int32Array(FIRST_CAPACITY)
  // By slot.
  #positions = new Int32Array(FIRST_CAPACITY)
  #stamps = new Float64Array(FIRST_CAPACITY)
  #kinds = new Uint8Array(FIRST_CAPACITY)
  readonly #fires: (() => void)[] = []
  /** Slots that were used and are free; above them come those that never were. */
  readonly #free: number[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Time of what comes first; Infinity when there is nothing. */
  get firstTime(): number {
    return this.#size === 0 ? Infinity : (this.#times[0] as number)
  }

  /** Kind of what comes first. */
  get firstKind(): EventKind {
    return this.#kinds[this.#slots[0] as number] as number
  }

  /** Stamp of what comes first. */
  get firstStamp(): number {
    return this.#stamps[this.#slots[0] as number] as number
  }

  /** @returns the slot: together with `stamp`, which must be new, it tells the entry from all others */
  add(time: number, rank: number, stamp: number, kind: EventKind, fire: () => void): number {
    if (this.#size === this.#times.length) this.#grow()
    const slot = this.#free.pop() ?? this.#size
    this.#stamps[slot] = stamp
    this.#kinds[slot] = kind
    this.#fires[slot] = fire
    this.#rise(this.#size++, time, rank, slot)
    return slot
  }

  /** Takes out what comes first. Not to be asked of an empty heap. */
  takeFirst(): () => void {
    const slot = this.#slots[0] as number
    const fire = this.#fires[slot] as () => void
    this.#forget(slot)
    this.#close(0)
    return fire
  }

  /** The kind of what was removed; undefined when it has gone already. */
  remove(slot: number, stamp: number): EventKind | undefined {
    if (this.#stamps[slot] !== stamp) return undefined
    const kind = this.#kinds[slot] as number
    const position = this.#positions[slot] as number
    this.#forget(slot)
    this.#close(position)
    return kind
  }

  #forget(slot: number): void {
    this.#stamps[slot] = NOBODY
    this.#fires[slot] = nothing
    this.#free.push(slot)
  }

  /** Fills the place of an entry that has gone with the last one. */
  #close(position: number): void {
    const last = --this.#size
    if (position === last) return
    const time = this.#times[last] as number
    const rank = this.#ranks[last] as number
    const slot = this.#slots[last] as number
    if (position > 0 && this.#before(time, rank, (position - 1) >> 2)) this.#rise(position, time, rank, slot)
    else this.#sink(position, time, rank, slot)
  }

  #rise(from: number, time: number, rank: number, slot: number): void {
    let position = from
    while (position > 0) {
      const parent = (position - 1) >> 2
      if (!this.#before(time, rank, parent)) break
      this.#move(parent, position)
      position = parent
    }
    this.#place(position, time, rank, slot)
  }

  #sink(from: number, time: number, rank: number, slot: number): void {
    const size = this.#size
    let position = from
    for (;;) {
      const firstChild = position * ARITY + 1
      if (firstChild >= size) break
      const end = Math.min(firstChild + ARITY, size)
      let least = firstChild
      for (let child = firstChild + 1; child < end; child++) {
        if (this.#before(this.#times[child] as number, this.#ranks[child] as number, least)) least = child
      }
      if (this.#before(time, rank, least)) break
      this.#move(least, position)
      position = least
    }
    this.#place(position, time, rank, slot)
  }

  /** Whether (time, rank) comes before what is at `position`. */
  #before(time: number, rank: number, position: number): boolean {
    const other = this.#times[position] as number
    return time < other || (time === other && rank < (this.#ranks[position] as number))
  }

  #move(from: number, to: number): void {
    this.#place(to, this.#times[from] as number, this.#ranks[from] as number, this.#slots[from] as number)
  }

  #place(position: number, time: number, rank: number, slot: number): void {
    this.#times[position] = time
    this.#ranks[position] = rank
    this.#slots[position] = slot
    this.#positions[slot] = position
  }

  #grow(): void {
    const capacity = this.#times.length * 2
    const copy = <A extends Float64Array | Int32Array | Uint8Array>(from: A, to: A): A => {
      to.set(from)
      return to
    }
    this.#times = copy(this.#times, new Float64Array(capacity))
    this.#ranks = copy(this.#ranks, new Float64Array(capacity))
    this.#slots = copy(this.#slots, new Int32Array(capacity))
    this.#positions = copy(this.#positions, new Int32Array(capacity))
    this.#stamps = copy(this.#stamps, new Float64Array(capacity))
    this.#kinds = copy(this.#kinds, new Uint8Array(capacity))
  }
}
