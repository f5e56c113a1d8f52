interface Slot<V> {
  readonly key: string
  readonly value: V
  readonly weight: number
  /** Used before this one, and after it. */
  older: Slot<V> | undefined
  newer: Slot<V> | undefined
}

/**
 * The most recently used values, at most `max` of them and at most `maxWeight` heavy together. Everything takes constant time: a
 * map finds the value, a linked list knows the order. (The order of a `Map` alone would do, but finding its first key takes a
 * walk over all the keys that were deleted before it.)
 *
 * @example
 * const lru = new Lru<string>(2, Infinity)
 * lru.set('a', 'first', 1)
 */
export class Lru<V> {
  readonly #slots = new Map<string, Slot<V>>()
  readonly #gone: (key: string, value: V) => void
  #oldest: Slot<V> | undefined
  #newest: Slot<V> | undefined
  #max: number
  #maxWeight: number
  #weight = 0

  /** `gone` hears of each value that leaves, for whatever reason. */
  constructor(max: number, maxWeight: number, gone: (key: string, value: V) => void = () => undefined) {
    this.#max = max
    this.#maxWeight = maxWeight
    this.#gone = gone
  }

  get size(): number {
    return this.#slots.size
  }

  get weight(): number {
    return this.#weight
  }

  /** The value, which is now the most recently used one. */
  get(key: string): V | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    if (slot !== this.#newest) {
      this.#unlink(slot)
      this.#link(slot)
    }
    return slot.value
  }

  /** The value, without using it. */
  peek(key: string): V | undefined {
    return this.#slots.get(key)?.value
  }

  /** Puts a value in. How many others had to go; undefined when it is too heavy by itself and was not taken. */
  set(key: string, value: V, weight: number): number | undefined {
    this.delete(key)
    if (!(weight <= this.#maxWeight)) return undefined
    const slot: Slot<V> = { key, value, weight, older: undefined, newer: undefined }
    this.#slots.set(key, slot)
    this.#link(slot)
    this.#weight += weight
    return this.#makeRoom()
  }

  delete(key: string): boolean {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    this.#slots.delete(key)
    this.#unlink(slot)
    // Sums of fractions drift: an empty list weighs nothing.
    this.#weight = this.#slots.size === 0 ? 0 : this.#weight - slot.weight
    this.#gone(key, slot.value)
    return true
  }

  /** Sets other limits. How many values had to go. */
  limit(max: number, maxWeight: number): number {
    this.#max = max
    this.#maxWeight = maxWeight
    return this.#makeRoom()
  }

  /** All values, the least recently used one first. The value just handed out may be used or deleted meanwhile. */
  *oldestFirst(): Generator<readonly [key: string, value: V]> {
    let slot = this.#oldest
    while (slot !== undefined) {
      const { newer } = slot
      yield [slot.key, slot.value]
      slot = newer
    }
  }

  /** @throws Error when it holds more than it may, or has lost count. */
  check(): void {
    let weight = 0
    let length = 0
    for (let slot = this.#oldest; slot !== undefined; slot = slot.newer) {
      weight += slot.weight
      length++
    }
    if (length !== this.#slots.size) throw new Error(`${length} values in order, but ${this.#slots.size} by key`)
    if (Math.abs(weight - this.#weight) > 1e-6 * (1 + weight))
      throw new Error(`weighs ${weight}, counts ${this.#weight}`)
    if (length > this.#max || this.#weight > this.#maxWeight)
      throw new Error(`${length} values of ${weight} are too much`)
  }

  #makeRoom(): number {
    let gone = 0
    while (this.#oldest !== undefined && (this.#slots.size > this.#max || this.#weight > this.#maxWeight)) {
      this.delete(this.#oldest.key)
      gone++
    }
    return gone
  }

  #link(slot: Slot<V>): void {
    slot.older = this.#newest
    slot.newer = undefined
    if (this.#newest === undefined) this.#oldest = slot
    else this.#newest.newer = slot
    this.#newest = slot
  }

  #unlink(slot: Slot<V>): void {
    if (slot.older === undefined) this.#oldest = slot.newer
    else slot.older.newer = slot.newer
    if (slot.newer === undefined) this.#newest = slot.older
    else slot.newer.older = slot.older
  }
}
