import type { Token } from '../policy.ts'

/**
 * Calls that have begun and are not answered yet, in the order in which they began. One that takes long counts as slow while
 * it still runs: a dependency that hangs would look healthy until its first time limit passed.
 *
 * Each call is looked at once when it becomes slow, however often one asks.
 */
export class CallsUnderWay {
  readonly #began = new Map<Token, number>()
  readonly #slow = new Set<Token>()

  /** `now` is never before that of an earlier call. */
  begin(token: Token, now: number): void {
    this.#began.set(token, now)
  }

  end(token: Token): void {
    if (!this.#began.delete(token)) this.#slow.delete(token)
  }

  /** How many have run for `slowMs` or longer. */
  slow(slowMs: number, now: number): number {
    for (const [token, began] of this.#began) {
      if (now - began < slowMs) break
      this.#began.delete(token)
      this.#slow.add(token)
    }
    return this.#slow.size
  }

  clear(): void {
    this.#began.clear()
    this.#slow.clear()
  }
}
