import type { Runtime, Timer } from '../../runtime/runtime.ts'

const LONGEST_DELAY = 2 ** 31 - 1

/** What it takes to call back. */
export interface Callback {
  readonly run: (...args: readonly unknown[]) => void
  readonly args: readonly unknown[]
}

/** Node's `Timeout` on a virtual clock: what `setTimeout` and `setInterval` return. */
export class VirtualTimeout {
  readonly #runtime: Pick<Runtime, 'timer'>
  readonly #callback: Callback
  readonly #delayMs: number
  readonly #repeats: boolean
  #timer: Timer | undefined
  #held = true

  constructor(runtime: Pick<Runtime, 'timer'>, callback: Callback, delay: unknown, repeats: boolean) {
    this.#runtime = runtime
    this.#callback = callback
    this.#repeats = repeats
    const asked = Number(delay)
    this.#delayMs = asked >= 1 && asked <= LONGEST_DELAY ? Math.trunc(asked) : 1
    this.refresh()
  }

  /** Begins to wait anew. */
  refresh(): this {
    this.#timer?.cancel()
    this.#timer = this.#runtime.timer(this.#delayMs, () => this.#fire(), this.#held)
    return this
  }

  close(): this {
    this.#timer?.cancel()
    this.#timer = undefined
    return this
  }

  hasRef(): boolean {
    return this.#held
  }

  /** Nothing keeps a process alive in virtual time: from the next round on, it is counted so. */
  ref(): this {
    this.#held = true
    return this
  }

  unref(): this {
    this.#held = false
    return this
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #fire(): void {
    this.#timer = undefined
    // Armed first, so that the callback can end it.
    if (this.#repeats) this.refresh()
    const { run, args } = this.#callback
    run(...args)
  }
}

/** What `setImmediate` returns. */
export class VirtualImmediate {
  #callback: Callback | undefined

  constructor(runtime: Pick<Runtime, 'turn'>, callback: Callback) {
    this.#callback = callback
    runtime.turn(() => this.#callback?.run(...this.#callback.args))
  }

  close(): void {
    this.#callback = undefined
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
