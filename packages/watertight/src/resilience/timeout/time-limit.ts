import type { Outcome, Result } from '../outcome.ts'
import type { Inner, Site, Strategy } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import { Countdown, Countdowns } from './countdowns.ts'
import { timedOut } from './timed-out.ts'

/** What happens to a call that is too slow. */
export interface Overdue {
  /** Whether the function is told to stop and waited for, or no longer waited for. */
  readonly mode: 'abandoning' | 'cooperative'
  /** How long abandoned work keeps its permits at most. */
  readonly abandonedHoldMs: number
}

/** Limits how long what is inside it takes: what a fixed and an adaptive timeout have in common. */
export abstract class TimeLimit implements Strategy {
  readonly interrupts = true
  protected readonly site: Site
  protected fired = 0
  readonly #countdowns: Countdowns

  constructor(site: Site) {
    this.site = site
    this.#countdowns = new Countdowns(site.runtime, (countdown) => this.#expire(countdown))
  }

  abstract update(options: object): void
  abstract state(): object
  abstract check(): void
  protected abstract get overdue(): Overdue
  /** Milliseconds for what begins now. */
  protected abstract limitMs(scope: Scope, now: number): number
  /** It has ended: by itself, or undefined, because it is abandoned now. */
  protected abstract ended(outcome: Outcome<unknown> | undefined, countdown: Countdown): void

  enter(scope: Scope, inner: Inner): undefined {
    const now = inner.now(scope)
    const countdown = new Countdown(scope, inner, now, this.limitMs(scope, now), inner.limit(scope))
    this.#countdowns.start(countdown, now)
    inner.setLimit(scope, countdown)
  }

  leave(outcome: Outcome<unknown>, scope: Scope, inner: Inner): Result<unknown> {
    // Limits end in the order of their places: the nearest one is this.
    const countdown = inner.limit(scope) as Countdown
    this.#countdowns.stop(countdown)
    inner.setLimit(scope, countdown.outer)
    this.ended(outcome, countdown)
    if (!countdown.fired || outcome.kind === 'success') return outcome
    const stopped = outcome.kind === 'cancelled' ? outcome.cause === 'timeout' : outcome.kind === 'refused'
    return stopped ? this.#timedOut(countdown) : outcome
  }

  #expire(countdown: Countdown): void {
    this.fired++
    const { scope, inner, afterMs } = countdown
    const { mode, abandonedHoldMs } = this.overdue
    if (mode === 'cooperative') inner.cancel(scope, 'timeout')
    else {
      countdown.over = true
      // Nobody comes by `leave` any more.
      this.ended(undefined, countdown)
      inner.interrupt(scope, 'timeout', this.#timedOut(countdown), abandonedHoldMs)
    }
    tell(this.site, 'timeout.fired', { call: scope.call.id, attempt: scope.attempt, afterMs })
  }

  #timedOut({ scope, inner, afterMs }: Countdown): Outcome<unknown> {
    return timedOut(this.site, inner.executed(scope), afterMs)
  }
}
