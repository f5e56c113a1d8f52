interface Entry {
  listener: (() => void) | undefined
  previous: Entry | undefined
  next: Entry | undefined
}

/**
 * Listeners that are called once, together, in the order in which they were added. Adding and removing take constant time,
 * however many there are: a signal that lives as long as the process may have thousands of calls following it.
 */
export class ListenerList {
  #first: Entry | undefined
  #last: Entry | undefined

  get empty(): boolean {
    return this.#first === undefined
  }

  /** Adds a listener; what it returns removes exactly that one, once. */
  add(listener: () => void): () => void {
    const entry: Entry = { listener, previous: this.#last, next: undefined }
    if (this.#last === undefined) this.#first = entry
    else this.#last.next = entry
    this.#last = entry
    return () => {
      if (entry.listener !== undefined) this.#remove(entry)
    }
  }

  /**
   * Empties the list, calling each listener. One that was removed by an earlier one is not called; what a listener throws
   * goes to `report`, and the rest are still called.
   */
  drain(report: (error: unknown) => void): void {
    for (let entry = this.#first; entry !== undefined; entry = this.#first) {
      const { listener } = entry
      this.#remove(entry)
      try {
        listener?.()
      } catch (error) {
        report(error)
      }
    }
  }

  #remove(entry: Entry): void {
    entry.listener = undefined
    if (entry.previous === undefined) this.#first = entry.next
    else entry.previous.next = entry.next
    if (entry.next === undefined) this.#last = entry.previous
    else entry.next.previous = entry.previous
  }
}
