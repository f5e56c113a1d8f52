import { onAbort } from './abort-listeners.ts'
import { ListenerList } from './listener-list.ts'
import { report as reportToHost } from './report.ts'

/**
 * Why work was cancelled: `caller` gave up, its `timeout` or `deadline` passed, it is the `loser` of a race (a hedge), or the
 * process is in `shutdown`. Timeouts and deadlines say something about the dependency; the others do not.
 */
export type Cause = 'caller' | 'timeout' | 'deadline' | 'loser' | 'shutdown'

/** Tells work that its result is not wanted any more. */
export interface CancelToken {
  readonly cancelled: boolean
  /** Undefined until cancelled. */
  readonly cause: Cause | undefined
  /** What `signal.reason` says; undefined until cancelled. */
  readonly reason: unknown
  /**
   * Calls `listener` once, on cancellation, or at once if that has happened already. What it returns removes the listener:
   * call it when the work ends, or a long-lived token collects the listeners of short-lived work.
   */
  onCancel(listener: () => void): () => void
  /** The same as an `AbortSignal`, for code that takes one. It is made on first use, because making one is slow. */
  readonly signal: AbortSignal
}

const nothingToRemove = (): void => {}

/**
 * A {@link CancelToken} and the means to cancel it. The first cancellation wins: its cause and reason stay.
 *
 * Listeners run in the order in which they were added, then the `signal`, if one was asked for, aborts. A listener that
 * throws is handed to `report` (default: the system runtime's) and stops neither the others nor the caller of `cancel`.
 *
 * @example
 * const attempt = new CancelSource()
 * const unlink = attempt.link(call)           // cancelled with the call …
 * const unfollow = attempt.follow(signal)     // … or when the caller's signal aborts
 * attempt.onCancel(() => socket.destroy())
 * attempt.cancel('timeout')
 */
export class CancelSource implements CancelToken {
  readonly #report: (error: unknown) => void
  readonly #listeners = new ListenerList()
  #cause: Cause | undefined
  #reason: unknown
  /** Whose cancellation this one follows. */
  #parent: CancelToken | undefined
  #controller: AbortController | undefined
  /** Ends each of its links and follows. */
  #upstream: Set<() => void> | undefined

  constructor(report: (error: unknown) => void = reportToHost) {
    this.#report = report
  }

  get cancelled(): boolean {
    return this.#cause !== undefined
  }

  get cause(): Cause | undefined {
    return this.#cause
  }

  get reason(): unknown {
    if (this.#cause !== undefined && this.#reason === undefined) {
      this.#reason = this.#parent?.reason ?? reasonFor(this.#cause)
    }
    return this.#reason
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.cancelled) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  onCancel(listener: () => void): () => void {
    if (!this.cancelled) return this.#listeners.add(listener)
    try {
      listener()
    } catch (error) {
      this.#report(error)
    }
    return nothingToRemove
  }

  /**
   * Cancels, unless that has happened already. Without a `reason`, the `signal` aborts with a `TimeoutError` for the causes
   * `timeout` and `deadline`, and with an `AbortError` for the others.
   */
  cancel(cause: Cause, reason?: unknown): void {
    this.#cancel(cause, reason, undefined)
  }

  /** Is cancelled when `parent` is, with its cause and reason. What it returns ends that. */
  link(parent: CancelToken): () => void {
    // The reason is asked of the parent when someone wants to know: an error is made for nobody otherwise.
    const pass = (): void => this.#cancel(parent.cause ?? 'caller', undefined, parent)
    return this.#listenTo(() => parent.onCancel(pass))
  }

  /** Is cancelled when `signal` aborts, with its reason; `cause` defaults to `caller`. What it returns ends that. */
  follow(signal: AbortSignal, cause: Cause = 'caller'): () => void {
    const pass = (): void => this.cancel(cause, signal.reason)
    if (signal.aborted) pass()
    return this.#listenTo(() => onAbort(signal, pass))
  }

  /** Ends all links and follows: what to call when the work is over. */
  release(): void {
    const upstream = this.#upstream
    this.#upstream = undefined
    if (upstream !== undefined) for (const remove of upstream) remove()
  }

  #cancel(cause: Cause, reason: unknown, parent: CancelToken | undefined): void {
    if (this.cancelled) return
    this.#cause = cause
    this.#reason = reason
    this.#parent = parent
    this.release()
    this.#listeners.drain(this.#report)
    this.#controller?.abort(this.reason)
  }

  #listenTo(listen: () => () => void): () => void {
    if (this.cancelled) return nothingToRemove
    const remove = listen()
    // It had happened already.
    if (this.cancelled) return nothingToRemove
    this.#upstream ??= new Set()
    const upstream = this.#upstream.add(remove)
    return () => {
      remove()
      upstream.delete(remove)
    }
  }
}

/** A token that is never cancelled, for work that nobody can give up on. */
export const NEVER: CancelToken = {
  cancelled: false,
  cause: undefined,
  reason: undefined,
  onCancel: () => nothingToRemove,
  // A new one each time: what listens to a shared signal that never aborts would stay on it for ever.
  get signal() {
    return new AbortController().signal
  },
}

function reasonFor(cause: Cause): DOMException {
  const name = cause === 'timeout' || cause === 'deadline' ? 'TimeoutError' : 'AbortError'
  return new DOMException(`The operation was stopped: ${cause}`, name)
}
