import type { Token } from '../policy.ts'
import type { Compartment } from './compartment.ts'

const NONE: Token = 0

/** Which compartment let a call through, and with what token of its own: under one number, without an object for each call. */
export class Admissions {
  readonly #compartments: (Compartment | undefined)[] = []
  readonly #tokens: Token[] = []
  readonly #free: Token[] = []

  get size(): number {
    return this.#compartments.length - this.#free.length
  }

  add(compartment: Compartment, token: Token): Token {
    const slot = this.#free.pop() ?? this.#compartments.length
    this.#compartments[slot] = compartment
    this.#tokens[slot] = token
    return slot
  }

  compartment(slot: Token): Compartment {
    return this.#compartments[slot] as Compartment
  }

  token(slot: Token): Token {
    return this.#tokens[slot] ?? NONE
  }

  remove(slot: Token): void {
    this.#compartments[slot] = undefined
    this.#free.push(slot)
  }
}
