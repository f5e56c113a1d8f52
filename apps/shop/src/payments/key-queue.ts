interface Flight {
  readonly name: string
  readonly done: Promise<unknown>
}

/**
 * One piece of work per key at a time. Work of the same name as the last one in line joins that one and shares its result;
 * any other waits for its turn. Work goes on when its callers have left.
 */
export class KeyQueue {
  readonly #last = new Map<string, Flight>()

  run<T>(key: string, name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    // The name stands for the type of the result: who joins asked for the same work.
    if (before?.name === name) return before.done as Promise<T>
    const done = before ? before.done.then(work, work) : work()
    const flight: Flight = { name, done }
    this.#last.set(key, flight)
    const leave = (): void => {
      if (this.#last.get(key) === flight) this.#last.delete(key)
    }
    done.then(leave, leave)
    return done
  }

  /** How many keys have work under way. */
  get size(): number {
    return this.#last.size
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#last.values()].map(({ done }) => done))
  }
}
