/**
 * What waits for the end of the running turn. All of it runs in one go and in order; what is added meanwhile waits for the
 * next turn, so that code which asks for turn after turn does not keep timers and I/O waiting.
 */
export class TurnQueue {
  readonly #soon: (run: () => void) => void
  readonly #report: (error: unknown) => void
  #waiting: (() => void)[] = []
  #scheduled = false

  /**
   * @param soon runs something once the running code has returned
   * @param report takes what a callback throws
   */
  constructor(soon: (run: () => void) => void, report: (error: unknown) => void) {
    this.#soon = soon
    this.#report = report
  }

  add(fire: () => void): void {
    this.#waiting.push(fire)
    if (this.#scheduled) return
    this.#scheduled = true
    this.#soon(this.#onTurn)
  }

  /** Runs what waits, now. */
  readonly run = (): void => {
    const batch = this.#waiting
    if (batch.length === 0) return
    this.#waiting = []
    for (const fire of batch) {
      try {
        fire()
      } catch (error) {
        this.#report(error)
      }
    }
  }

  readonly #onTurn = (): void => {
    this.#scheduled = false
    this.run()
  }
}
