import { WatertightError } from '../../runtime/error.ts'
import type { Duration } from '../../runtime/duration.ts'
import { invalidOption } from '../../runtime/option.ts'
import { type Check, duration, oneOf, settingsOf, span } from '../../runtime/option-checks.ts'
import type { Outcome, Result } from '../outcome.ts'
import type { Inner, Policy, Site, Strategy } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { Countdown, Countdowns } from './countdowns.ts'
import { idleTimeout } from './idle-timeout.ts'

/** How long a call may take, and what happens then. */
export interface TimeoutOptions {
  /** The limit, or how to find it for each attempt in milliseconds. */
  readonly after: Duration | ((attempt: { readonly attempt: number }) => number)
  /**
   * `'abandoning'`: aborts the signal and waits no longer. `'cooperative'`: aborts the signal and waits for the function to
   * stop by itself. Default: `'abandoning'`.
   */
  readonly mode?: 'abandoning' | 'cooperative'
  /**
   * How long abandoned work keeps its permits at most, if it does not stop before: until then it uses the dependency.
   * Default: `'30s'`.
   */
  readonly abandonedHold?: Duration
  readonly name?: string
}

interface Settings {
  readonly afterMs: number | ((attempt: { readonly attempt: number }) => number)
  readonly mode: 'abandoning' | 'cooperative'
  readonly abandonedHoldMs: number
}

/**
 * Limits how long everything inside it may take: the whole call when it stands outside a retry, each attempt when inside.
 * Fails with `TIMED_OUT`, which counts against the dependency; what never got to call the function counts against nobody.
 *
 * @example
 * timeout('2s')
 * timeout({ after: ({ attempt }) => attempt * 5_000, mode: 'cooperative' })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function timeout(limit: Duration | TimeoutOptions): Policy {
  const given = typeof limit === 'object' ? limit : { after: limit }
  const options = settings(given)
  return {
    kind: 'timeout',
    name: given.name,
    options,
    strategy: (site) => new Timeout(options, site),
    advise: (name, inside) => idleTimeout(name, options.afterMs, inside),
  }
}

function settings(given: TimeoutOptions): Settings {
  return settingsOf<Settings>('timeout', given, {
    afterMs: after,
    mode: oneOf('abandoning', 'cooperative'),
    abandonedHoldMs: duration('30s'),
  })
}

const after: Check<Settings['afterMs']> = (option, given) =>
  typeof given === 'function' ? (given as Settings['afterMs']) : span()(option, given)

class Timeout implements Strategy {
  readonly interrupts = true
  readonly #site: Site
  readonly #countdowns: Countdowns
  #settings: Settings
  #fired = 0

  constructor(options: Settings, site: Site) {
    this.#settings = options
    this.#site = site
    this.#countdowns = new Countdowns(site.runtime, (countdown) => this.#expire(countdown))
  }

  enter(scope: Scope, inner: Inner): undefined {
    const afterMs = this.#limit(scope)
    const now = inner.now(scope)
    const countdown = new Countdown(scope, inner, now, afterMs)
    inner.keep(scope, countdown)
    this.#countdowns.start(countdown, now)
    if (countdown.due < scope.deadline) inner.setDeadline(scope, countdown.due)
  }

  leave(outcome: Outcome<unknown>, scope: Scope, inner: Inner): Result<unknown> {
    const countdown = inner.kept(scope) as Countdown
    this.#countdowns.stop(countdown)
    inner.setDeadline(scope, countdown.outerDeadline)
    if (!countdown.fired || outcome.kind === 'success') return outcome
    const stopped = outcome.kind === 'cancelled' ? outcome.cause === 'timeout' : outcome.kind === 'refused'
    return stopped ? this.#timedOut(scope, inner, countdown.afterMs) : outcome
  }

  update(options: Partial<TimeoutOptions>): void {
    const { afterMs, mode, abandonedHoldMs } = this.#settings
    this.#settings = settings({ after: afterMs, mode, abandonedHold: abandonedHoldMs, ...options })
  }

  state(): { readonly fired: number } {
    return { fired: this.#fired }
  }

  check(): void {}

  #limit(scope: Scope): number {
    const { afterMs } = this.#settings
    if (typeof afterMs === 'number') return afterMs
    const asked = afterMs({ attempt: scope.attempt })
    if (!(asked > 0)) throw invalidOption('after', asked, 'a function that returns milliseconds above 0')
    return asked
  }

  #expire({ scope, inner, outerDeadline, afterMs }: Countdown): void {
    this.#fired++
    const { mode, abandonedHoldMs } = this.#settings
    if (mode === 'cooperative') inner.cancel(scope, 'timeout')
    else {
      inner.setDeadline(scope, outerDeadline)
      inner.interrupt(scope, 'timeout', this.#timedOut(scope, inner, afterMs), abandonedHoldMs)
    }
    const { pipeline, policy, events } = this.#site
    events.emit('timeout.fired', { pipeline, policy, call: scope.call.id, attempt: scope.attempt, afterMs })
  }

  #timedOut(scope: Scope, inner: Inner, afterMs: number): Outcome<unknown> {
    const { pipeline, policy } = this.#site
    if (!inner.executed(scope)) {
      return { kind: 'refused', by: policy, code: 'TIMED_OUT', detail: `waited ${afterMs} ms` }
    }
    const message = `${pipeline}: no result within ${afterMs} ms`
    return {
      kind: 'failure',
      error: WatertightError.withoutStack('TIMED_OUT', message, { retryable: true, source: policy }),
    }
  }
}
