import type { Refusal } from '../outcome.ts'
import type { Token } from '../policy.ts'
import type { Waiting } from './wait-queue.ts'

/** A call that waits for a permit. */
export class Waiter implements Waiting {
  readonly priority: number
  readonly admission: Promise<Token | Refusal>
  before: Waiting | undefined = undefined
  after: Waiting | undefined = undefined
  queued = false
  #resolve!: (admitted: Token | Refusal) => void
  #cleanUps: (() => void)[] = []

  constructor(priority: number) {
    this.priority = priority
    this.admission = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** Something to undo when the wait is over. */
  cleanUp(undo: () => void): void {
    this.#cleanUps.push(undo)
  }

  /** Ends the wait. */
  settle(admitted: Token | Refusal): void {
    const cleanUps = this.#cleanUps
    this.#cleanUps = []
    for (const undo of cleanUps) undo()
    this.#resolve(admitted)
  }
}
