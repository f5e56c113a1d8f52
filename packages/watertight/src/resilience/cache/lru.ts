import { Chain, type Linked } from '../chain.ts'

/** Used after those before it. */
interface Slot<V> extends Linked<Slot<V>> {
  readonly key: string
  readonly value: V
  readonly weight: number
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
  readonly #byUse = new Chain<Slot<V>>()
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
    this.#byUse.remove(slot)
    this.#byUse.append(slot)
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
    const slot: Slot<V> = { key, value, weight, before: undefined, after: undefined }
    this.#slots.set(key, slot)
    this.#byUse.append(slot)
    this.#weight += weight
    return this.#makeRoom()
  }

  delete(key: string): boolean {
    const slot = this.#slots.get(key)
    if (slot === undefined) return false
    this.#slots.delete(key)
    this.#byUse.remove(slot)
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
    let slot = this.#byUse.first
    while (slot !== undefined) {
      const { after } = slot
      yield [slot.key, slot.value]
      slot = after
    }
  }

  /** @throws Error when it holds more than it may, or has lost count. */
  check(): void {
    let weight = 0
    let length = 0
    for (let slot = this.#byUse.first; slot !== undefined; slot = slot.after) {
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
    for (const [key] of this.oldestFirst()) {
      if (this.#slots.size <= this.#max && this.#weight <= this.#maxWeight) break
      this.delete(key)
      gone++
    }
    return gone
  }
}
