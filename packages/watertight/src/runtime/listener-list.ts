/**
 * Listeners that are called once, together, in the order in which they were added. Adding and removing take constant time,
 * however many there are: a signal that lives as long as the process may have thousands of calls following it.
 */
export class ListenerList {
  /** Wrapped, for the same function may be added twice. */
  #entries: Set<{ readonly listener: () => void }> | undefined

  get empty(): boolean {
    return this.#entries === undefined || this.#entries.size === 0
  }

  /** Adds a listener; what it returns removes exactly that one, once. */
  add(listener: () => void): () => void {
    const entry = { listener }
    this.#entries ??= new Set()
    const entries = this.#entries.add(entry)
    return () => void entries.delete(entry)
  }

  /**
   * Empties the list, calling each listener. One that was removed by an earlier one is not called; what a listener throws
   * goes to `report`, and the rest are still called.
   */
  drain(report: (error: unknown) => void): void {
    for (const entry of this.#entries ?? []) {
      this.#entries?.delete(entry)
      try {
        entry.listener()
      } catch (error) {
        report(error)
      }
    }
  }
}
