import type { Store } from 'watertight/store'

/** One durable answer per idempotency key: the first one, whatever is repeated and however often the process is killed. */
export class FirstAnswers<T> {
  readonly #store: Store
  readonly #table: string

  constructor(store: Store, table: string) {
    this.#store = store
    this.#table = table
  }

  async find(key: string): Promise<T | undefined> {
    return (await this.#store.row(this.#table, key))?.value as T | undefined
  }

  /** Keeps `answer` when the key has none yet; returns the key's answer either way. */
  async keep(key: string, answer: T): Promise<T> {
    const committed = await this.#store.commit({
      rows: [{ table: this.#table, key, value: answer, ifVersion: 0 }],
    })
    if (committed.ok) return answer
    const known = await this.find(key)
    if (known === undefined) throw new Error(`the answer of key ${key} was there, and is gone`)
    return known
  }
}
