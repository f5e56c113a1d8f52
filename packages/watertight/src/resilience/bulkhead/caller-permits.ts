import type { Token } from '../policy.ts'

/** Permits beside a pool: one for each key of a caller, all those without a key counting as one. */
export class CallerPermits {
  readonly #keys = new Set<string | undefined>()
  readonly #keyOf = new Map<Token, string | undefined>()
  #last = 0

  get taken(): number {
    return this.#keys.size
  }

  /** A token above 0; undefined when this caller has one already. */
  take(key: string | undefined): Token | undefined {
    if (this.#keys.has(key)) return undefined
    this.#keys.add(key)
    this.#keyOf.set(++this.#last, key)
    return this.#last
  }

  giveBack(token: Token): void {
    this.#keys.delete(this.#keyOf.get(token))
    this.#keyOf.delete(token)
  }
}
