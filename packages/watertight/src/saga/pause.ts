import type { Runtime } from '../runtime/runtime.ts'

/** One wait at a time, which can be ended early. */
export class Pause {
  readonly #runtime: Runtime
  #end: (() => void) | undefined

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Ends the wait that is going on, if there is one. */
  wake(): void {
    this.#end?.()
  }

  /** Resolves after `ms` milliseconds, or when woken. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel()
        this.#end = undefined
        resolve()
      }
      const timer = this.#runtime.timer(ms, end, true)
      this.#end = end
    })
  }

  /** Resolves with `waited`; waking calls `giveUp`, which must settle it. */
  async until<T>(waited: Promise<T>, giveUp: () => void): Promise<T> {
    this.#end = giveUp
    const value = await waited
    this.#end = undefined
    return value
  }
}
