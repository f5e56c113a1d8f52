/** Work under a key, at most once at a time: who asks for a key that is under way gets the answer of that. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>()

  /** `led` tells whether this caller's own work ran. */
  async run(key: string, work: () => Promise<T>): Promise<{ readonly led: boolean; readonly value: T }> {
    const under = this.#flights.get(key)
    if (under) return { led: false, value: await under }
    const flight = work()
    this.#flights.set(key, flight)
    try {
      return { led: true, value: await flight }
    } finally {
      this.#flights.delete(key)
    }
  }
}
