import { TimeWindow } from '../circuit-breaker/time-window.ts'
import type { Outcome, Refusal } from '../outcome.ts'
import type { Guard, Moment, Policy, Site, Token } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { acceptedBy } from './accepted.ts'
import { type ThrottlingOptions, type ThrottlingSettings, throttlingSettings } from './throttling-options.ts'

/** What adaptive throttling has seen and does. */
export interface ThrottlingState {
  /** Calls in the window whose end is known, those refused here included. */
  readonly requests: number
  /** Of these, the calls that the backend took on. */
  readonly accepts: number
  /** Share of the calls that is refused here at present, by priority. */
  readonly refusing: { readonly low: number; readonly normal: number; readonly high: number }
  readonly admitted: number
  readonly refused: number
}

const SLICES = 24
const ADMITTED: Token = 0
const LEVELS = ['low', 'normal', 'high'] as const

/**
 * Client-side adaptive throttling: when the backend turns calls away, refuses some of them here, with `THROTTLED`, so that the
 * backend need not spend its time on refusing. A call is refused with the probability
 * `max(0, (requests - k * accepts) / (requests + 1))` over the window, so that the backend gets about `k` times what it can take
 * and the throttle notices soon when it can take more again. Refusals made here count as requests, or it would let go as soon
 * as it bites.
 *
 * Accepted is what was answered, be it with an error; not what the backend had no room for (`overloaded`), what no time was left
 * for, and what never reached it (no connection). What says nothing about the backend, such as a caller's abort or the refusal
 * of an inner policy, is not counted. A call counts when its end is known: what is under way is neither here nor there.
 *
 * After "Handling Overload" in: Beyer, Jones, Petoff and Murphy, "Site Reliability Engineering" (2016).
 *
 * @example
 * throttling()                                                   // k = 2 over two minutes
 * throttling({ k: { low: 1.1, normal: 1.5, high: 3 } })          // the important ones are refused last
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function throttling(options: ThrottlingOptions = {}): Policy {
  const settings = throttlingSettings(options)
  return { kind: 'throttling', name: options.name, options: settings, guard: (site) => new Throttling(options, site) }
}

class Throttling implements Guard {
  readonly #site: Site
  readonly #purpose: string
  readonly #report = (error: unknown): void => this.#site.runtime.report(error)
  #options: ThrottlingOptions
  #settings: ThrottlingSettings
  /** Its failures are the calls that were not accepted. */
  #window: TimeWindow
  #admitted = 0
  #refused = 0

  constructor(options: ThrottlingOptions, site: Site) {
    this.#options = options
    this.#settings = throttlingSettings(options)
    this.#window = new TimeWindow(this.#settings.windowMs, SLICES)
    this.#site = site
    this.#purpose = `${site.policy}/throttle`
  }

  admit(scope: Scope, moment: Moment): Token | Refusal {
    // Most of the time nothing is turned away: then neither the clock nor a random number is needed.
    if (this.#window.failures > 0) {
      const { now } = moment
      const { calls, failures } = this.#window.totals(now)
      const refusing = this.#refusing(calls, failures, scope.call.priority)
      if (refusing > 0 && scope.random(this.#purpose) < refusing) return this.#refuse(scope, refusing, now)
    }
    this.#admitted++
    return ADMITTED
  }

  settle(_token: Token, outcome: Outcome<unknown>, moment: Moment): void {
    const accepted = acceptedBy(outcome, this.#settings.accepted, this.#report)
    if (accepted !== undefined) this.#window.record(!accepted, false, moment.now)
  }

  update(options: Partial<ThrottlingOptions>): void {
    const merged = { ...this.#options, ...options }
    const settings = throttlingSettings(merged)
    if (settings.windowMs !== this.#settings.windowMs) this.#window = new TimeWindow(settings.windowMs, SLICES)
    this.#options = merged
    this.#settings = settings
  }

  state(): ThrottlingState {
    const { calls, failures } = this.#window.totals(this.#site.runtime.now())
    const [low, normal, high] = LEVELS.map((_, level) => this.#refusing(calls, failures, level))
    return {
      requests: calls,
      accepts: calls - failures,
      refusing: { low: low ?? 0, normal: normal ?? 0, high: high ?? 0 },
      admitted: this.#admitted,
      refused: this.#refused,
    }
  }

  check(): void {
    const { calls, failures } = this.#window.totals(this.#site.runtime.now())
    if (failures < 0 || failures > calls) throw new Error(`${this.#site.policy}: ${failures} of ${calls} not accepted`)
  }

  #refusing(requests: number, notAccepted: number, priority: number): number {
    const k = this.#settings.k[priority] as number
    return Math.max(0, (requests - k * (requests - notAccepted)) / (requests + 1))
  }

  #refuse(scope: Scope, refusing: number, now: number): Refusal {
    this.#window.record(true, false, now)
    this.#refused++
    const { pipeline, policy, events } = this.#site
    if (events.observed('throttle.refused')) {
      const { id: call, priority } = scope.call
      events.emit('throttle.refused', { pipeline, policy, call, priority, refusing })
    }
    return { kind: 'refused', by: policy, code: 'THROTTLED' }
  }
}
