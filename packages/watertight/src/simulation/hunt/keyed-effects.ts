/** One effect that a participant had: under which key, and for whom. */
export interface Effect {
  readonly key: string
  /** Whose it is, such as the id of the order: what must not have the effect twice, whatever the key. */
  readonly owner: string
  /** How much: money, units. */
  readonly amount: number
}

/**
 * A model of a participant that honours idempotency keys: it does a thing once for each key or says no for good, gives it back
 * once, and refuses what comes under a key that was given back. It counts what it does, for whoever wants to know afterwards.
 *
 * @example
 * const bank = new KeyedEffects()
 * const payments = world.service('payments', { charge: (key: string, order: string) => bank.run({ key, owner: order, amount: 5 }) })
 * world.always('nobody pays twice', () => bank.doneTwice())
 */
export class KeyedEffects {
  readonly #held = new Map<string, Effect>()
  readonly #closed = new Set<string>()
  readonly #refused = new Set<string>()
  /** How often each owner had the effect, given back or not. */
  readonly #times = new Map<string, number>()
  #total = 0

  /** What is held now, taken together. */
  get total(): number {
    return this.#total
  }

  /** Does it, unless it was done; `closed` when it was given back before, or `no` says that it cannot be done. */
  run(effect: Effect, no: () => boolean = () => false): 'done' | 'no' | 'closed' {
    const { key, owner, amount } = effect
    if (this.#closed.has(key)) return 'closed'
    if (this.#held.has(key)) return 'done'
    // The first answer is the answer: a repetition that came through later would undo what "no" promised.
    if (this.#refused.has(key) || no()) {
      this.#refused.add(key)
      return 'no'
    }
    this.#held.set(key, effect)
    this.#times.set(owner, this.times(owner) + 1)
    this.#total += amount
    return 'done'
  }

  /** Gives it back, and closes the key; safe when nothing was done. */
  undo(key: string): void {
    this.#closed.add(key)
    this.#total -= this.#held.get(key)?.amount ?? 0
    this.#held.delete(key)
  }

  has(key: string): boolean {
    return this.#held.has(key)
  }

  /** How often the effect happened to an owner. */
  times(owner: string): number {
    return this.#times.get(owner) ?? 0
  }

  /** How often an owner holds it now. */
  holds(owner: string): number {
    let count = 0
    for (const effect of this.#held.values()) if (effect.owner === owner) count++
    return count
  }

  /** Says who had the effect more than once; nothing when nobody did. */
  doneTwice(): string | undefined {
    for (const [owner, times] of this.#times) if (times > 1) return `${owner} had it ${times} times`
    return undefined
  }
}
