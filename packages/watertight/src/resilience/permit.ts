/// <reference lib="esnext.disposable" preserve="true" />
import type { CancelToken } from '../runtime/cancellation.ts'
import type { Scope } from './scope.ts'

/**
 * A place among the calls of a pipeline, for what is no function call: a stream, a session, a job. Whoever holds one counts as a
 * call that runs, in bulkheads, limiters and breakers.
 *
 * @example
 * using permit = await payments.acquire({ signal })
 * for await (const chunk of openStream({ signal: permit.signal })) …
 */
export class Permit implements Disposable {
  readonly #scope: Scope
  readonly #settle: { resolve(): void; reject(error: unknown): void }

  constructor(scope: Scope, settle: { resolve(): void; reject(error: unknown): void }) {
    this.#scope = scope
    this.#settle = settle
  }

  /** Cancelled when the holder is to stop: its caller aborted, its deadline passed, or the pipeline shuts down. */
  get cancel(): CancelToken {
    return this.#scope.cancel
  }

  /** The same as an `AbortSignal`. */
  get signal(): AbortSignal {
    return this.#scope.signal
  }

  /**
   * Gives the permit back; with an error the policies learn of it as if the function of a call had thrown it. Again: nothing.
   */
  release(failed?: { readonly error: unknown }): void {
    if (failed === undefined) this.#settle.resolve()
    else this.#settle.reject(failed.error)
  }

  [Symbol.dispose](): void {
    this.release()
  }
}
