import { ABANDONED_HOLD_MS } from '../control.ts'
import type { Outcome, Result } from '../outcome.ts'
import type { Inner, Policy, Site, Strategy } from '../policy.ts'
import type { Bucket } from '../retry/budget.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import { Countdown, Countdowns } from '../timeout/countdowns.ts'
import { conserve } from '../conserve.ts'
import { allFailed } from './all-failed.ts'
import { HedgeDelay } from './hedge-delay.ts'
import { type HedgeOptions, hedgeSettings, type HedgeSettings } from './hedge-options.ts'
import { Race } from './race.ts'

/** What a hedge has done so far. */
export interface HedgeState {
  /** The delay for a call that begins now, in milliseconds; infinite while too few durations are known. */
  readonly delayMs: number
  /** Further tries that were started. */
  readonly started: number
  /** Of those, how many answered first. */
  readonly won: number
  /** Tries, first ones included, that were stopped because another answered first. */
  readonly losers: number
  /** Hedges that the budget did not allow. */
  readonly denied: number
  /** Hedges that it allows now. */
  readonly budget: number
}

const runHere = (run: () => void): void => run()

/**
 * Cuts off the slow tail: when the answer is late, asks once more, and takes whichever answers first. The others are aborted with the
 * cause `loser`, which counts against nobody; their permits stay taken until they stop.
 *
 * A try that fails sends the next one off at once, while there is one left; one that is refused or pushed back (429, 503) sends
 * off none, and an error about the question (404) is an answer. When all have failed, the error is `ALL_FAILED` and carries
 * every one. Hedges come out of a budget: when it is used up, no new ones start, and those on their way go on.
 *
 * After J. Dean, L. A. Barroso, "The Tail at Scale" (2013), and gRPC's A6.
 *
 * @example
 * hedge({ after: '200ms', idempotent: true })
 * hedge({ after: { quantile: 0.95, initial: '200ms' }, hedges: 2, budget: { ratio: 0.05 }, idempotent: true })
 *
 * @throws WatertightError `INVALID_OPTION`, also when the call is not declared `idempotent`
 */
export function hedge(options: HedgeOptions): Policy {
  const settings = hedgeSettings(options)
  return {
    kind: 'hedge',
    prolongs: true,
    name: options.name,
    options: settings,
    strategy: (site) => new Hedge({ ...options, budget: settings.budget }, site),
    doubts: [
      ['retry', 'retry-inside-hedge', 'the attempts multiply by the hedges'],
      ['cache', 'cache-inside-hedge', 'a further try joins the load that is late already'],
      ['coalesce', 'coalesce-inside-hedge', 'a further try joins the run that is late already'],
    ],
  }
}

class Hedge implements Strategy {
  readonly interrupts = true
  readonly #site: Site
  readonly #countdowns: Countdowns
  #options: HedgeOptions
  #settings: HedgeSettings
  #bucket: Bucket
  #delay: HedgeDelay
  #started = 0
  #won = 0
  #losers = 0
  #denied = 0

  constructor(options: HedgeOptions, site: Site) {
    const settings = hedgeSettings(options)
    this.#site = site
    this.#options = options
    this.#settings = settings
    this.#bucket = settings.budget.on(site.runtime)
    this.#delay = new HedgeDelay(settings.after)
    this.#countdowns = new Countdowns(site.runtime, ({ scope, inner }) => this.#due(inner.kept(scope) as Race))
  }

  enter(scope: Scope, inner: Inner): undefined {
    this.#bucket.deposit()
    const now = inner.now(scope)
    const inContext = this.#site.runtime.context?.capture() ?? runHere
    const race = new Race(scope, inner, now, this.#delay.delayMs(now), inContext)
    inner.keep(scope, race)
    // The caller knows better than the policy.
    if (scope.call.idempotent === false) race.closed = true
    this.#await(race, now)
  }

  leave(outcome: Outcome<unknown>, scope: Scope, inner: Inner): Result<unknown> {
    const race = inner.kept(scope) as Race
    race.firstRuns = false
    if (race.over) return outcome
    const now = inner.now(scope)
    if (outcome.kind === 'success') this.#delay.learn(now - race.startedAt, now)
    else if (outcome.kind !== 'refused' && inner.executed(scope)) this.#delay.learnIfSlow(now - race.startedAt, now)
    this.#ended(race, outcome, 0)
    return race.wait()
  }

  update(options: Partial<HedgeOptions>): void {
    const merged = { ...this.#options, ...options }
    const settings = hedgeSettings(merged)
    if (merged.after !== this.#options.after) this.#delay = new HedgeDelay(settings.after)
    this.#options = { ...merged, budget: settings.budget }
    this.#settings = settings
    this.#bucket = settings.budget.on(this.#site.runtime)
  }

  state(): HedgeState {
    return {
      delayMs: this.#delay.delayMs(this.#site.runtime.now()),
      started: this.#started,
      won: this.#won,
      losers: this.#losers,
      denied: this.#denied,
      budget: this.#bucket.state().tokens,
    }
  }

  check(): void {
    conserve(this.#site.policy, 'more winners than hedges', this.#won <= this.#started, this.state())
  }

  /** Arms the delay until the next hedge, while there is one left. */
  #await(race: Race, now: number): void {
    if (race.countdown !== undefined || race.delayMs === Infinity) return
    if (race.started >= this.#settings.hedges || race.closed) return
    race.countdown = new Countdown(race.scope, race.inner, now, race.delayMs)
    this.#countdowns.start(race.countdown, now)
  }

  #due(race: Race): void {
    race.countdown = undefined
    if (!race.scope.cancel.cancelled) race.inContext(() => this.#launch(race))
  }

  /** Starts a hedge if one is left and paid for. */
  #launch(race: Race): void {
    if (race.over || race.started >= this.#settings.hedges || race.closed) return
    this.#disarm(race)
    const call = race.scope.call.id
    if (!this.#bucket.withdraw()) {
      this.#denied++
      tell(this.#site, 'hedge.denied', { call, path: race.started + 1 })
      return
    }
    this.#started++
    const now = this.#site.runtime.now()
    tell(this.#site, 'hedge.started', { call, path: race.started + 1, afterMs: now - race.startedAt })
    race.launch((outcome, path) => this.#ended(race, outcome, path))
    if (!race.over) this.#await(race, now)
  }

  /** A try is back. */
  #ended(race: Race, outcome: Outcome<unknown>, path: number): void {
    if (race.over) return
    if (outcome.kind === 'success' || outcome.kind === 'ignored') return this.#win(race, outcome, path)
    if (outcome.kind === 'cancelled') {
      // Only what encloses the hedge cancels a try of an open race: it ends the first one too.
      this.#close(race, outcome)
      race.stop(outcome.cause)
      return
    }
    race.failed.push(outcome)
    if (outcome.kind === 'failure') this.#launch(race)
    else {
      race.closed = true
      this.#disarm(race)
    }
    if (!race.over && race.running === 0) {
      this.#close(race, allFailed(race.failed, this.#site.pipeline, this.#site.policy))
    }
  }

  #win(race: Race, outcome: Outcome<unknown>, path: number): void {
    const { scope, inner, firstRuns } = race
    this.#close(race, outcome)
    this.#losers += race.stop('loser')
    if (path === 0) return
    this.#won++
    if (firstRuns) {
      this.#losers++
      const now = this.#site.runtime.now()
      this.#delay.learn(now - race.startedAt, now)
      inner.interrupt(scope, 'loser', outcome, ABANDONED_HOLD_MS)
    }
    tell(this.#site, 'hedge.won', { call: scope.call.id, path })
  }

  #close(race: Race, result: Outcome<unknown>): void {
    this.#disarm(race)
    race.end(result)
  }

  #disarm(race: Race): void {
    if (race.countdown !== undefined) this.#countdowns.stop(race.countdown)
    race.countdown = undefined
  }
}
