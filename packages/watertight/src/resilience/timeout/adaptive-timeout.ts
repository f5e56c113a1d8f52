import type { Outcome } from '../outcome.ts'
import type { Policy, Site } from '../policy.ts'
import { LearnedDuration } from '../quantile/learned-duration.ts'
import type { Scope } from '../scope.ts'
import {
  type AdaptiveTimeoutOptions,
  type AdaptiveTimeoutSettings,
  adaptiveTimeoutSettings,
  limitFor,
} from './adaptive-timeout-options.ts'
import type { Countdown } from './countdowns.ts'
import { type Overdue, TimeLimit } from './time-limit.ts'

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

class AdaptiveTimeout extends TimeLimit {
  #options: AdaptiveTimeoutOptions
  #settings: AdaptiveTimeoutSettings
  #durations: LearnedDuration

  constructor(options: AdaptiveTimeoutOptions, site: Site) {
    super(site)
    this.#options = options
    this.#settings = adaptiveTimeoutSettings(options)
    this.#durations = new LearnedDuration(this.#settings)
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
    const now = this.site.runtime.now()
    const estimateMs = this.#durations.estimate(now)
    return {
      fired: this.fired,
      limitMs: limitFor(this.#settings, estimateMs),
      estimateMs,
      samples: this.#durations.samples(now),
    }
  }

  check(): void {
    const { limitMs } = this.state()
    if (!(limitMs > 0)) throw new Error(`${this.site.policy}: a limit of ${limitMs} ms`)
  }

  protected get overdue(): Overdue {
    return this.#settings
  }

  protected limitMs(_scope: Scope, now: number): number {
    return limitFor(this.#settings, this.#durations.estimate(now))
  }

  /** Who was too slow is counted too, or only the fast would be. */
  protected ended(outcome: Outcome<unknown> | undefined, { scope, inner, due, afterMs, fired }: Countdown): void {
    if (outcome?.kind === 'refused' || !inner.executed(scope)) return
    const now = outcome === undefined ? this.site.runtime.now() : inner.now(scope)
    const durationMs = now - (due - afterMs)
    if (outcome?.kind === 'success' || fired) this.#durations.learn(durationMs, now)
    else this.#durations.learnIfSlow(durationMs, now)
  }
}
