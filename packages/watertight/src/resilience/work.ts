/** Work that goes on after its call was answered: an abandoned attempt, a body that still streams. */
export class Work {
  #stopped = false
  #listeners: (() => void)[] = []

  /** Calls `listener` when the work has stopped; at once if it has. */
  whenStopped(listener: () => void): void {
    if (this.#stopped) listener()
    else this.#listeners.push(listener)
  }

  /** The work has stopped, or is waited for no longer. Again: nothing. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) listener()
  }
}

/** Calls `then` when all of `works` have stopped. */
export function whenAllStopped(works: ReadonlySet<Work>, then: () => void): void {
  let going = works.size
  for (const work of works) {
    work.whenStopped(() => {
      if (--going === 0) then()
    })
  }
}
