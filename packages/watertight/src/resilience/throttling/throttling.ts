import { TimeWindow } from '../circuit-breaker/time-window.ts'
import { conserve } from '../conserve.ts'
import { type Outcome, refused, type Refusal } from '../outcome.ts'
import type { Guard, Moment, Policy, Site, Token } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
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
  return {
    kind: 'throttling',
    name: options.name,
    options: settings,
    guard: (site) => new Throttling(options, site),
    doubts: [
      ['retry', 'retry-inside-throttling', 'it sees one outcome where several attempts were turned away'],
      ['fallback', 'fallback-inside-throttling', 'it takes the stand-in for an accepted call and never throttles'],
    ],
  }
}

class Throttling implements Guard {
  readonly #site: Site
  readonly #purpose: string
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
    const accepted = acceptedBy(outcome, this.#settings.accepted, this.#site.runtime)
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
    const refusing = (level: number): number => this.#refusing(calls, failures, level)
    return {
      requests: calls,
      accepts: calls - failures,
      refusing: { low: refusing(0), normal: refusing(1), high: refusing(2) },
      admitted: this.#admitted,
      refused: this.#refused,
    }
  }

  check(): void {
    const state = this.state()
    const { accepts, requests } = state
    conserve(this.#site.policy, 'part of the requests', accepts >= 0 && accepts <= requests, state)
  }

  #refusing(requests: number, notAccepted: number, priority: number): number {
    const k = this.#settings.k[priority] as number
    return Math.max(0, (requests - k * (requests - notAccepted)) / (requests + 1))
  }

  #refuse(scope: Scope, refusing: number, now: number): Refusal {
    this.#window.record(true, false, now)
    this.#refused++
    const { id: call, priority } = scope.call
    tell(this.#site, 'throttle.refused', { call, priority, refusing })
    return refused(this.#site.policy, 'THROTTLED')
  }
}
