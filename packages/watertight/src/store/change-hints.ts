import type { Position } from './position.ts'

interface Waiter {
  readonly after: Position
  wake(): void
}

/**
 * Callers that wait for the log to grow. Keeps nothing of a waiter that was woken or aborted: no listener stays on its signal.
 */
export class ChangeHints {
  readonly #waiters = new Set<Waiter>()
  readonly #onWaiting: (waiting: boolean) => void

  /** `onWaiting` is told when the first waiter comes and when the last one went. */
  constructor(onWaiting: (waiting: boolean) => void = () => {}) {
    this.#onWaiting = onWaiting
  }

  get waiting(): number {
    return this.#waiters.size
  }

  wait(after: Position, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        if (this.#waiters.delete(waiter) && this.#waiters.size === 0) this.#onWaiting(false)
        resolve()
      }
      const waiter: Waiter = { after, wake }
      signal.addEventListener('abort', wake)
      this.#waiters.add(waiter)
      if (this.#waiters.size === 1) this.#onWaiting(true)
    })
  }

  /** Wakes everyone who waits for something behind an earlier position than `last`. */
  wake(last: Position): void {
    for (const waiter of this.#waiters) if (waiter.after < last) waiter.wake()
  }

  wakeAll(): void {
    this.wake(Number.POSITIVE_INFINITY)
  }
}
