import type { Cause } from '../../runtime/cancellation.ts'
import type { Timer } from '../../runtime/runtime.ts'
import { cancelled, type Outcome, type Result } from '../outcome.ts'
import type { Inner, Site } from '../policy.ts'
import type { Branch, Scope } from '../scope.ts'
import { timedOut } from '../timeout/timed-out.ts'
import { whenKnown } from '../when-known.ts'

/** How a shared flight is made. */
export interface SharedFlightOptions {
  /** It takes no longer than this, whoever waits: `Infinity` for no limit. */
  readonly limitMs: number
  /** It goes on although nobody waits for it, and holds no process. */
  readonly background: boolean
  /**
   * Hears once of the outcome, before anyone who waits for it does. Until the promise that it may return has settled, calls
   * still join and get the outcome at once.
   */
  readonly done: (outcome: Outcome<unknown>) => Promise<unknown> | undefined
  /** Hears once when nobody may join any more: it has done all, or was told to stop. */
  readonly closed: () => void
}

/**
 * One run of the inner policies that several calls wait for. It belongs to none of them: it has a signal of its own, and who
 * stops waiting ends only its own wait. When the last one has gone it is stopped, by the cause that ended the last wait.
 */
export class SharedFlight {
  readonly background: boolean
  readonly #site: Site
  readonly #inner: Inner
  readonly #options: SharedFlightOptions
  readonly #branch: Branch<unknown>
  readonly #followers = new Set<Follower>()
  #limit: Timer | undefined
  #outcome: Outcome<unknown> | undefined
  #closed = false
  #executed = false
  #late = false

  /** `scope` is the call that brings it about: its function and its arguments are used. */
  constructor(scope: Scope, inner: Inner, site: Site, options: SharedFlightOptions) {
    this.background = options.background
    this.#site = site
    this.#inner = inner
    this.#options = options
    const { limitMs } = options
    const deadline = limitMs === Infinity ? Infinity : site.runtime.now() + limitMs
    this.#branch = inner.detach(scope, { deadline, executing: () => this.#executing() })
  }

  /** Whether somebody waits for it, or nobody has to. */
  get wanted(): boolean {
    return this.#followers.size > 0 || this.background || this.#outcome !== undefined
  }

  get followers(): number {
    return this.#followers.size
  }

  /** Sets out. Its outcome may be there when this returns. */
  start(): void {
    const { limitMs, background } = this.#options
    if (limitMs !== Infinity) this.#limit = this.#site.runtime.timer(limitMs, () => this.#expire(), !background)
    void whenKnown(this.#branch.run(), (outcome) => this.#finish(outcome))
  }

  /** Waits for the outcome, for as long as `scope` is not cancelled. */
  join(scope: Scope): Result<unknown> {
    if (this.#executed) this.#inner.executedElsewhere(scope)
    if (this.#outcome !== undefined) return this.#outcome
    const { cancel } = scope
    if (cancel.cancelled) {
      this.#stopUnwanted(cancel.cause ?? 'caller')
      return cancelled(cancel.cause ?? 'caller')
    }
    return new Promise((resolve) => {
      const follower: Follower = { scope, resolve, unfollow: () => undefined }
      this.#followers.add(follower)
      follower.unfollow = cancel.onCancel(() => {
        this.#followers.delete(follower)
        const cause = cancel.cause ?? 'caller'
        resolve(cancelled(cause))
        this.#stopUnwanted(cause)
      })
    })
  }

  #executing(): void {
    this.#executed = true
    for (const { scope } of this.#followers) this.#inner.executedElsewhere(scope)
  }

  #stopUnwanted(cause: Cause): void {
    if (this.wanted) return
    this.#close()
    this.#branch.stop(cause)
  }

  #expire(): void {
    this.#late = true
    this.#close()
    this.#branch.stop('timeout')
  }

  #finish(outcome: Outcome<unknown>): void {
    this.#limit?.cancel()
    this.#outcome =
      this.#late && (outcome.kind === 'cancelled' || outcome.kind === 'refused')
        ? timedOut(this.#site, this.#executed, this.#options.limitMs)
        : outcome
    const rest = this.#options.done(this.#outcome)
    if (rest === undefined) this.#close()
    else void rest.then(() => this.#close())
    for (const { resolve, unfollow } of this.#followers) {
      unfollow()
      resolve(this.#outcome)
    }
    this.#followers.clear()
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#options.closed()
  }
}

interface Follower {
  readonly scope: Scope
  readonly resolve: (outcome: Outcome<unknown>) => void
  unfollow: () => void
}
