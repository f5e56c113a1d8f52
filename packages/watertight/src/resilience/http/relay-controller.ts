import type { DispatchController } from './dispatch.ts'

/**
 * The one controller that the requester gets, whichever attempt is behind it: aborting ends the whole call, pausing holds the
 * attempt whose answer is being handed on.
 */
export class RelayController implements DispatchController {
  readonly #onAbort: (reason: Error) => void
  #target: DispatchController | undefined
  #paused = false
  #reason: Error | null = null

  constructor(onAbort: (reason: Error) => void) {
    this.#onAbort = onAbort
  }

  get aborted(): boolean {
    return this.#reason !== null
  }

  get paused(): boolean {
    return this.#paused
  }

  get reason(): Error | null {
    return this.#reason
  }

  get rawHeaders(): unknown {
    return this.#target?.rawHeaders
  }

  get rawTrailers(): unknown {
    return this.#target?.rawTrailers
  }

  /** From now on it steers this attempt. */
  steer(target: DispatchController | undefined): void {
    this.#target = target
  }

  abort(reason: Error): void {
    if (this.#reason !== null) return
    this.#reason = reason
    if (this.#target === undefined) this.#onAbort(reason)
    else this.#target.abort(reason)
  }

  pause(): void {
    this.#paused = true
    this.#target?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#target?.resume()
  }
}
