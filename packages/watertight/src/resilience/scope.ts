import type { CancelToken, Cause } from '../runtime/cancellation.ts'
import type { Call } from './call.ts'
import type { Result } from './outcome.ts'

/**
 * What the called function is given, and policies see: one for each attempt. `signal` is made when it is first asked for, so
 * a function that takes none pays for none.
 *
 * @example
 * await payments.run(({ signal, attempt }) => charge(order, { signal, attempt }))
 */
export interface Scope {
  readonly call: Call
  /** 1 for the first try. */
  readonly attempt: number
  /** 0, or the number of the hedge. */
  readonly path: number
  /** The instant, by `runtime.now()`, when the result is no longer wanted: the nearest limit around here. `Infinity`: none. */
  readonly deadline: number
  /** Cancelled when this attempt is to stop: cheaper than `signal`. */
  readonly cancel: CancelToken
  /** Aborted when this attempt is to stop. */
  readonly signal: AbortSignal
  /** Work goes on after the result is handed back (a streamed body): permits stay taken until the returned function is called. */
  hold(): () => void
  /** A number in [0, 1), the same for the same seed, call, attempt and purpose. */
  random(purpose: string): number
}

/** Another way down through the inner policies, made by a strategy: a further attempt, a hedge, or a handler's own scope. */
export interface Branch<T> {
  readonly scope: Scope
  /** Runs the inner policies and the function. Once. */
  run(): Result<T>
  /** Stops it; its `run` ends as cancelled. */
  stop(cause: Cause): void
  /** Gives up a branch that is not run. */
  close(): void
}
