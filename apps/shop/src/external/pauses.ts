import { type Runtime, WatertightError } from 'watertight'

/** Waits that can all be ended at once, so that a process that stops has none left running behind it. */
export class Pauses {
  readonly #runtime: Runtime
  readonly #waiting = new Set<() => void>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /**
   * Resolves after `ms` milliseconds.
   *
   * @throws WatertightError `CANCELLED` when {@link end} comes first.
   */
  wait(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#runtime.timer(
        ms,
        () => {
          this.#waiting.delete(end)
          resolve()
        },
        true,
      )
      const end = (): void => {
        timer.cancel()
        reject(new WatertightError('CANCELLED', 'the process is stopping', { retryable: true }))
      }
      this.#waiting.add(end)
    })
  }

  /** Rejects every wait that is under way. */
  end(): void {
    for (const end of this.#waiting) end()
    this.#waiting.clear()
  }
}
