import { WatertightError } from '../../runtime/error.ts'
import type { Outcome, Result } from '../outcome.ts'
import type { Inner, Policy, Site, Strategy } from '../policy.ts'
import { LearnedDuration } from '../quantile/learned-duration.ts'
import type { Scope } from '../scope.ts'
import {
  type AdaptiveTimeoutOptions,
  type AdaptiveTimeoutSettings,
  adaptiveTimeoutSettings,
  limitFor,
} from './adaptive-timeout-options.ts'
import { Countdown, Countdowns } from './countdowns.ts'

/** What an adaptive timeout is doing. */
export interface AdaptiveTimeoutState {
  readonly fired: number
  /** The limit for a call that begins now, in milliseconds. */
  readonly limitMs: number
  /** The quantile that it follows; undefined while too few durations are known. */
  readonly estimateMs: number | undefined
  /** Durations in the window. */
  readonly samples: number
}

/**
 * A time limit that follows what calls took of late: by default twice the 99th percentile of the last minute. Until enough is
 * known, the limit is fixed. Put it right around each attempt: it measures everything inside it.
 *
 * A call that ran into the limit counts as one that took that long. So the limit opens up when the dependency becomes slower,
 * up to the ceiling, and cannot ratchet down by seeing only the calls that were fast enough for it.
 *
 * Fails with `TIMED_OUT`, as {@link timeout} does.
 *
 * @example
 * adaptiveTimeout({ quantile: 0.99, factor: 2, floor: '50ms', ceiling: '5s' })
 * adaptiveTimeout({ steps: [{ under: '1s', after: '2s' }, { under: '3s', after: '5s' }, { after: '10s' }] })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function adaptiveTimeout(options: AdaptiveTimeoutOptions = {}): Policy {
  return {
    kind: 'adaptiveTimeout',
    name: options.name,
    options: adaptiveTimeoutSettings(options),
    strategy: (site) => new AdaptiveTimeout(options, site),
  }
}

class AdaptiveTimeout implements Strategy {
  readonly interrupts = true
  readonly #site: Site
  readonly #countdowns: Countdowns
  #options: AdaptiveTimeoutOptions
  #settings: AdaptiveTimeoutSettings
  #durations: LearnedDuration
  #fired = 0

  constructor(options: AdaptiveTimeoutOptions, site: Site) {
    this.#site = site
    this.#options = options
    this.#settings = adaptiveTimeoutSettings(options)
    this.#durations = new LearnedDuration(this.#settings)
    this.#countdowns = new Countdowns(site.runtime, (countdown) => this.#expire(countdown))
  }

  enter(scope: Scope, inner: Inner): undefined {
    const now = inner.now(scope)
    const countdown = new Countdown(scope, inner, now, limitFor(this.#settings, this.#durations.estimate(now)))
    inner.keep(scope, countdown)
    this.#countdowns.start(countdown, now)
    if (countdown.due < scope.deadline) inner.setDeadline(scope, countdown.due)
  }

  leave(outcome: Outcome<unknown>, scope: Scope, inner: Inner): Result<unknown> {
    const countdown = inner.kept(scope) as Countdown
    this.#countdowns.stop(countdown)
    inner.setDeadline(scope, countdown.outerDeadline)
    this.#learn(outcome, countdown)
    if (!countdown.fired || outcome.kind === 'success') return outcome
    const stopped = outcome.kind === 'cancelled' ? outcome.cause === 'timeout' : outcome.kind === 'refused'
    return stopped ? this.#timedOut(countdown) : outcome
  }

  update(options: Partial<AdaptiveTimeoutOptions>): void {
    const merged = { ...this.#options, ...options }
    const settings = adaptiveTimeoutSettings(merged)
    const before = this.#settings
    this.#options = merged
    this.#settings = settings
    if (
      settings.quantile !== before.quantile ||
      settings.windowMs !== before.windowMs ||
      settings.warmUp !== before.warmUp
    )
      this.#durations = new LearnedDuration(settings)
  }

  state(): AdaptiveTimeoutState {
    const now = this.#site.runtime.now()
    const estimateMs = this.#durations.estimate(now)
    return {
      fired: this.#fired,
      limitMs: limitFor(this.#settings, estimateMs),
      estimateMs,
      samples: this.#durations.samples(now),
    }
  }

  check(): void {
    const { limitMs } = this.state()
    if (!(limitMs > 0)) throw new Error(`${this.#site.policy}: a limit of ${limitMs} ms`)
  }

  #learn({ kind }: Outcome<unknown>, { scope, inner, due, afterMs, fired }: Countdown): void {
    if (kind === 'refused' || !inner.executed(scope)) return
    const now = inner.now(scope)
    const durationMs = now - (due - afterMs)
    if (kind === 'success' || fired) this.#durations.learn(durationMs, now)
    else this.#durations.learnIfSlow(durationMs, now)
  }

  #expire(countdown: Countdown): void {
    this.#fired++
    const { scope, inner, outerDeadline, afterMs } = countdown
    const { mode, abandonedHoldMs } = this.#settings
    if (mode === 'cooperative') inner.cancel(scope, 'timeout')
    else {
      inner.setDeadline(scope, outerDeadline)
      // Nobody comes by `leave` any more: who was too slow is counted here, or only the fast would be.
      const now = this.#site.runtime.now()
      if (inner.executed(scope)) this.#durations.learn(now - (countdown.due - afterMs), now)
      inner.interrupt(scope, 'timeout', this.#timedOut(countdown), abandonedHoldMs)
    }
    const { pipeline, policy, events } = this.#site
    events.emit('timeout.fired', { pipeline, policy, call: scope.call.id, attempt: scope.attempt, afterMs })
  }

  #timedOut({ scope, inner, afterMs }: Countdown): Outcome<unknown> {
    const { pipeline, policy } = this.#site
    const shown = Math.round(afterMs * 10) / 10
    if (!inner.executed(scope)) {
      return { kind: 'refused', by: policy, code: 'TIMED_OUT', detail: `waited ${shown} ms` }
    }
    const message = `${pipeline}: no result within ${shown} ms`
    return {
      kind: 'failure',
      error: WatertightError.withoutStack('TIMED_OUT', message, { retryable: true, source: policy }),
    }
  }
}
