import { Chain } from '../chain.ts'
import type { Timer } from '../../runtime/runtime.ts'
import type { Guard, Site } from '../policy.ts'
import { Compartment } from './compartment.ts'

/** Most keys that one look for old ones goes through, so that it never takes long. */
const LOOK_AT = 1_000
/** So many of the longest idle keys may be gone through for each new key that needs their room. */
const LOOK_FOR_ROOM = 16
/** A key that could not be forgotten is looked at again after this share of the idle time. */
const LOOK_AGAIN = 4

/**
 * The compartments by key, bounded: an idle one is forgotten after `idleMs`, or earlier to make room. One timer looks after all of
 * them, and none keeps the process alive. Idle ones stand in a list, longest idle first, so that everything but a sweep
 * takes constant time.
 */
export class Compartments {
  readonly #site: Site
  readonly #make: () => Guard
  readonly #byKey = new Map<string, Compartment>()
  /** Longest idle first. */
  readonly #idle = new Chain<Compartment>()
  #sweep: Timer | undefined
  #maxKeys: number
  #idleMs: number
  #forgotten = 0

  constructor(site: Site, make: () => Guard, maxKeys: number, idleMs: number) {
    this.#site = site
    this.#make = make
    this.#maxKeys = maxKeys
    this.#idleMs = idleMs
  }

  get size(): number {
    return this.#byKey.size
  }

  /** Keys that were forgotten so far. */
  get forgotten(): number {
    return this.#forgotten
  }

  get all(): Iterable<Compartment> {
    return this.#byKey.values()
  }

  get(key: string): Compartment | undefined {
    return this.#byKey.get(key)
  }

  /** The compartment of `key`, made if there is room or can be; undefined when all the others are in use. */
  claim(key: string, now: number): Compartment | undefined {
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    while (this.#byKey.size >= this.#maxKeys) if (!this.#makeRoom(now)) return undefined
    const made = new Compartment(key, this.#make())
    this.#byKey.set(key, made)
    this.#joinIdle(made, now)
    return made
  }

  /** A call begins to use it. */
  use(compartment: Compartment): void {
    if (compartment.uses++ === 0 && compartment.key !== undefined) this.#idle.remove(compartment)
  }

  /** A call is done with it. */
  release(compartment: Compartment): void {
    if (--compartment.uses === 0 && compartment.key !== undefined) this.#joinIdle(compartment, this.#site.runtime.now())
  }

  /** Changes the bounds. What is too much goes as it becomes idle. */
  resize(maxKeys: number, idleMs: number): void {
    this.#maxKeys = maxKeys
    this.#idleMs = idleMs
    this.#sweep?.cancel()
    this.#sweep = undefined
    const now = this.#site.runtime.now()
    while (this.#byKey.size > maxKeys && this.#makeRoom(now));
    this.#planSweep(now)
  }

  #makeRoom(now: number): boolean {
    let compartment = this.#idle.first
    for (let looked = 0; looked < LOOK_FOR_ROOM && compartment !== undefined; looked++) {
      if (compartment.forgettable(now)) {
        this.#forget(compartment)
        return true
      }
      compartment = compartment.after
    }
    return false
  }

  #forget(compartment: Compartment): void {
    this.#idle.remove(compartment)
    this.#byKey.delete(compartment.key as string)
    this.#forgotten++
  }

  #planSweep(now: number): void {
    const oldest = this.#idle.first
    if (this.#sweep !== undefined || oldest === undefined || this.#idleMs === Infinity) return
    const waitMs = Math.max(oldest.idleSince + this.#idleMs - now, this.#idleMs / LOOK_AGAIN)
    this.#sweep = this.#site.runtime.timer(waitMs, () => this.#sweepIdle(), false)
  }

  #sweepIdle(): void {
    this.#sweep = undefined
    const now = this.#site.runtime.now()
    let compartment = this.#idle.first
    for (let looked = 0; looked < LOOK_AT && compartment !== undefined; looked++) {
      if (compartment.idleSince + this.#idleMs > now) break
      const next: Compartment | undefined = compartment.after
      if (compartment.forgettable(now)) this.#forget(compartment)
      compartment = next
    }
    this.#planSweep(now)
  }

  #joinIdle(compartment: Compartment, now: number): void {
    compartment.idleSince = now
    this.#idle.append(compartment)
    this.#planSweep(now)
  }
}
