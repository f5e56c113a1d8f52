/** The mean time that calls waited, since it was last taken. */
export class QueueDelay {
  #sum = 0
  #calls = 0

  add(waitedMs: number): void {
    this.#sum += waitedMs
    this.#calls++
  }

  /** In milliseconds; begins anew. `standingMs` stands for it where no call got through: how long the first one waits. */
  take(standingMs: number): number {
    const mean = this.#calls === 0 ? standingMs : this.#sum / this.#calls
    this.#sum = this.#calls = 0
    return mean
  }
}
