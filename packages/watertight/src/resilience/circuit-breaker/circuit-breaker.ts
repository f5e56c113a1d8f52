import { toMilliseconds } from '../../runtime/duration.ts'
import { conserve } from '../conserve.ts'
import { type Outcome, refused, type Refusal } from '../outcome.ts'
import type { Guard, Moment, Policy, Site, Token } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import {
  type BreakerMode,
  type BreakerSettings,
  breakerSettings,
  type CircuitBreakerOptions,
} from './breaker-options.ts'
import { type BreakerState, savedState } from './breaker-state.ts'
import { CallsUnderWay } from './calls-under-way.ts'
import { CountWindow } from './count-window.ts'
import { HalfOpen } from './half-open.ts'
import { openDelay } from './open-delay.ts'
import type { OutcomeWindow } from './outcome-window.ts'
import { rampShare } from './ramp.ts'
import { TimeWindow } from './time-window.ts'
import { reasonToOpen } from './trip.ts'
import { failedBy } from './verdict.ts'

/** Looks at nothing: not counted on the way back either. */
const BYPASS: Token = -1
/** A token is the number of the admission, and whether it is a probe. */
const KINDS = 2
const PROBE = 1

/**
 * Stops calling a dependency that fails, so that it can recover and its callers need not wait for it; after a while lets a few
 * probes through, and closes again when they succeed. Refuses with `CIRCUIT_OPEN` and the time until the next probe.
 *
 * Counts when outcomes are known, and looks at the rates after each of them; calls that are slow while they still run count for
 * the rate of slow calls as soon as the next call asks. Each change of state begins a generation: outcomes of calls that were
 * admitted in an earlier one are not learned from. After M. Nygard, "Release It!".
 *
 * @example
 * circuitBreaker({ failureRate: 0.5, window: '10s', minimumCalls: 20, openFor: '30s', halfOpenCalls: 3 })
 * circuitBreaker({ failures: 5, openFor: exponential({ base: '5s', max: '5m', jitter: 'equal' }) })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): Policy {
  const settings = breakerSettings(options)
  return {
    kind: 'circuitBreaker',
    name: options.name,
    options: settings,
    guard: (site) => new CircuitBreaker(options, site),
    doubts: [
      ['retry', 'retry-inside-breaker', 'it sees one outcome of several attempts, and opening does not stop the retry'],
      ['fallback', 'fallback-inside-breaker', 'it takes the stand-in for a success and never opens'],
      ['cache', 'cache-inside-breaker', 'an open circuit refuses what the cache could answer'],
    ],
  }
}

class CircuitBreaker implements Guard {
  readonly #site: Site
  #options: CircuitBreakerOptions
  #settings: BreakerSettings
  #window: OutcomeWindow
  #circuit: 'closed' | 'open' | 'half-open' = 'closed'
  /** Number of the latest admission; all have the same one where nobody has to tell calls apart. */
  #admission = 0
  /** The smallest token of this generation. */
  #generation = 0
  #underWay: CallsUnderWay | undefined
  #inARow = 0
  #openings = 0
  #openUntil = 0
  #openForMs = 0
  #closedAt = Number.NEGATIVE_INFINITY
  #halfOpen: HalfOpen | undefined
  /** Open or isolated. */
  shut = false
  /** What every call is given while it is closed and there is nothing else to look at. */
  #pass: Token | undefined

  constructor(options: CircuitBreakerOptions, site: Site) {
    this.#options = options
    this.#settings = breakerSettings(options)
    this.#window = windowOf(this.#settings)
    this.#underWay = underWayFor(this.#settings)
    this.#site = site
    this.#lookAgain()
  }

  get watches(): boolean {
    return this.#underWay !== undefined
  }

  get timed(): boolean {
    return this.#settings.slowCallMs !== Infinity
  }

  turnAway(moment: Pick<Moment, 'now'>): Refusal | undefined {
    if (this.#settings.mode === 'isolated') return this.#refuse('isolated')
    const remaining = this.#openUntil - moment.now
    return remaining > 0 ? this.#refuse(undefined, remaining) : undefined
  }

  admit(scope: Scope, moment: Moment): Token | Refusal {
    if (this.#pass !== undefined) return this.#pass
    const { mode, rampUpMs } = this.#settings
    if (mode !== 'normal') {
      if (mode === 'isolated') return this.#refuse('isolated')
      if (mode === 'disabled') return BYPASS
    }
    if (this.#underWay !== undefined) this.#lookAtSlow(this.#underWay, moment)
    if (this.#circuit === 'closed') {
      if (rampUpMs > 0 && this.#holdsBack(scope, moment)) return this.#refuse('closed just now')
      return this.#token(0)
    }
    return this.#circuit === 'open' ? this.#admitOpen(moment) : this.#probe(moment.now)
  }

  called(token: Token, { now }: Moment): void {
    if (token !== BYPASS && !this.#isStale(token)) this.#underWay?.begin(token, now)
  }

  recheck(token: Token): Refusal | undefined {
    if (token === BYPASS || this.#settings.mode === 'metrics-only') return undefined
    if (this.#settings.mode === 'isolated') return this.#refuse('isolated')
    if (!this.#isStale(token) || this.#circuit === 'closed') return undefined
    return this.#refuse(undefined, Math.max(0, this.#openUntil - this.#site.runtime.now()))
  }

  settle(token: Token, outcome: Outcome<unknown>, moment: Moment): void {
    // Also what looks at nothing: its token is older than every generation.
    if (this.#isStale(token)) return
    this.#underWay?.end(token)
    const settings = this.#settings
    const failed = failedBy(settings, outcome, this.#site.runtime)
    const slow = settings.slowCallMs !== Infinity && moment.ranMs >= settings.slowCallMs
    if (token % KINDS === PROBE) this.#settleProbe(failed, slow, moment)
    else if (failed !== undefined) this.#record(failed, slow, moment)
  }

  update(options: Partial<CircuitBreakerOptions>): void {
    const merged = { ...this.#options, ...options }
    const settings = breakerSettings(merged)
    const before = this.#settings
    this.#options = merged
    this.#settings = settings
    if (settings.window !== before.window) this.#window = windowOf(settings)
    if (settings.slowCallRate === undefined) this.#underWay = undefined
    else this.#underWay ??= underWayFor(settings)
    if (settings.mode !== before.mode) this.#changeMode(settings.mode, before.mode)
    this.#lookAgain()
  }

  /**
   * Takes over the window, the circuit and the rest of its delay, but not the mode, which is an option. Calls under way are not
   * learned from.
   */
  restore(state: Partial<BreakerState>): void {
    const { circuit, failuresInARow, openings, retryAfterMs, ...totals } = savedState(state)
    const now = this.#site.runtime.now()
    // Its probes are not ours: the next call is the first one.
    this.#become(circuit === 'closed' || this.#settings.mode !== 'normal' ? 'closed' : 'open')
    this.#openings = openings
    this.#inARow = failuresInARow
    this.#window.restore(totals, now)
    this.#openForMs = retryAfterMs
    this.#openUntil = now + retryAfterMs
  }

  /** For one of many, by key: false while it would refuse, so that nobody closes a circuit by letting others push its key out. */
  forgettable(now: number): boolean {
    return this.#circuit !== 'open' || now >= this.#openUntil
  }

  state(): BreakerState {
    const now = this.#site.runtime.now()
    return {
      circuit: this.#settings.mode === 'isolated' ? 'open' : this.#circuit,
      mode: this.#settings.mode,
      ...this.#window.totals(now),
      failuresInARow: this.#inARow,
      openings: this.#openings,
      retryAfterMs: this.#circuit === 'open' ? Math.max(0, this.#openUntil - now) : undefined,
      probes: this.#halfOpen?.out ?? 0,
    }
  }

  check(): void {
    const state = this.state()
    const { calls, failures, slow, probes } = state
    const { policy } = this.#site
    conserve(policy, 'part of the calls', failures >= 0 && slow >= 0 && failures <= calls && slow <= calls, state)
    conserve(policy, 'too many probes', probes >= 0 && probes <= this.#settings.halfOpenCalls, state)
  }

  #admitOpen(moment: Moment): Token | Refusal {
    const refusal = this.turnAway(moment)
    if (refusal !== undefined) return refusal
    this.#toHalfOpen(moment.now)
    return this.#probe(moment.now)
  }

  #probe(now: number): Token | Refusal {
    const halfOpen = this.#halfOpen as HalfOpen
    if (halfOpen.late(now)) {
      this.#toOpen('the probes took too long', now)
      return this.#refuse(undefined, this.#openForMs)
    }
    if (!halfOpen.admit()) return this.#refuse('probing')
    return this.#token(PROBE)
  }

  #settleProbe(failed: boolean | undefined, slow: boolean, { now }: Moment): void {
    const halfOpen = this.#halfOpen as HalfOpen
    const tooSlow = slow && this.#settings.slowCallRate !== undefined
    const verdict = halfOpen.settle(failed === undefined ? undefined : failed || tooSlow)
    if (verdict === 'open') this.#toOpen(failed === true ? 'a probe failed' : 'a probe was slow', now)
    if (verdict === 'close') this.#toClosed(halfOpen.successes, now)
  }

  #record(failed: boolean, slow: boolean, moment: Moment): void {
    this.#inARow = failed ? this.#inARow + 1 : 0
    const { window } = this.#settings
    // Counting the last n calls, or those in a row, needs no clock.
    const now = typeof window === 'number' ? 0 : moment.now
    this.#window.record(failed, slow, now)
    if (this.#underWay === undefined && this.#window.failures === 0 && this.#window.slow === 0) return
    // Looked at after a success too: it may be the one that reaches the minimum, or a slow one.
    const stillSlow = this.#underWay === undefined ? 0 : this.#underWay.slow(this.#settings.slowCallMs, moment.now)
    const reason = reasonToOpen(this.#settings, this.#window, this.#inARow, stillSlow)
    if (reason !== undefined) this.#toOpen(reason, moment.now)
  }

  /** Calls that are slow while they still run. */
  #lookAtSlow(underWay: CallsUnderWay, { now }: Moment): void {
    const stillSlow = underWay.slow(this.#settings.slowCallMs, now)
    if (stillSlow === 0) return
    if (this.#circuit === 'half-open') this.#toOpen('a probe is slow', now)
    if (this.#circuit !== 'closed') return
    const reason = reasonToOpen(this.#settings, this.#window.totals(now), this.#inARow, stillSlow)
    if (reason !== undefined) this.#toOpen(reason, now)
  }

  #toOpen(reason: string, now: number): void {
    const { openFor, mode } = this.#settings
    const { calls, failures, slow } = this.#window.totals(now)
    const openings = ++this.#openings
    const openForMs = openDelay(openFor, { openings, calls, failures }, this.#openForMs, this.#site)
    this.#openForMs = openForMs
    this.#forget()
    if (mode === 'normal') {
      this.#become('open')
      this.#openUntil = now + openForMs
    }
    tell(this.#site, 'breaker.opened', { reason, calls, failures, slow, openForMs, openings })
  }

  #toHalfOpen(now: number): void {
    const { halfOpenCalls, successThreshold, halfOpenMaxWaitMs } = this.#settings
    this.#become('half-open')
    this.#halfOpen = new HalfOpen(halfOpenCalls, successThreshold, halfOpenMaxWaitMs, now)
    tell(this.#site, 'breaker.halfOpened', { probes: halfOpenCalls, openForMs: this.#openForMs })
  }

  #toClosed(successes: number, now: number): void {
    this.#become('closed')
    this.#forget()
    this.#openings = 0
    this.#closedAt = now
    tell(this.#site, 'breaker.closed', { successes, rampUpMs: this.#settings.rampUpMs })
  }

  #changeMode(mode: BreakerMode, before: BreakerMode): void {
    // What was learned under another mode is not held against the dependency.
    this.#become('closed')
    this.#forget()
    this.#openings = 0
    tell(this.#site, 'breaker.moded', { mode, before })
  }

  #holdsBack(scope: Scope, { now }: Moment): boolean {
    const share = rampShare(this.#closedAt, this.#settings.rampUpMs, now)
    return share < 1 && scope.random(`${this.#site.policy}/ramp`) >= share
  }

  #token(kind: 0 | typeof PROBE): Token {
    if (this.#underWay !== undefined) this.#admission++
    return this.#admission * KINDS + kind
  }

  #isStale(token: Token): boolean {
    return token < this.#generation
  }

  /** Changes its state, and so begins a generation: what was admitted before is not learned from any more. */
  #become(circuit: BreakerState['circuit']): void {
    this.#generation = ++this.#admission * KINDS
    this.#underWay?.clear()
    this.#circuit = circuit
    this.#halfOpen = undefined
    this.#lookAgain()
  }

  #lookAgain(): void {
    const { mode, rampUpMs } = this.#settings
    const looksAtNothing = mode === 'normal' && rampUpMs === 0 && this.#underWay === undefined
    this.#pass = looksAtNothing && this.#circuit === 'closed' ? this.#token(0) : undefined
    this.shut = mode === 'isolated' || (mode === 'normal' && this.#circuit === 'open')
  }

  /** What was counted decides nothing any more. */
  #forget(): void {
    this.#window.clear()
    this.#underWay?.clear()
    this.#inARow = 0
  }

  #refuse(detail?: string, retryAfterMs?: number): Refusal {
    return refused(this.#site.policy, 'CIRCUIT_OPEN', detail, retryAfterMs)
  }
}

function windowOf({ window }: BreakerSettings): OutcomeWindow {
  return typeof window === 'number'
    ? new CountWindow(window)
    : new TimeWindow(toMilliseconds('window', window, { positive: true }))
}

function underWayFor({ slowCallRate }: BreakerSettings): CallsUnderWay | undefined {
  return slowCallRate === undefined ? undefined : new CallsUnderWay()
}
