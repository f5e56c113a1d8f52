import { isWatertightError } from '../../runtime/error.ts'
import { joinQueue } from '../bulkhead/join-queue.ts'
import { Waiter } from '../bulkhead/waiter.ts'
import { WaitQueue } from '../bulkhead/wait-queue.ts'
import { type Outcome, refused, type Refusal } from '../outcome.ts'
import type { Guard, Moment, Policy, Site, Token } from '../policy.ts'
import type { Scope } from '../scope.ts'
import {
  type AdaptiveConcurrencyOptions,
  type AdaptiveConcurrencySettings,
  adaptiveConcurrencySettings,
} from './adaptive-concurrency-options.ts'
import { conserve } from '../conserve.ts'
import { tell } from '../tell.ts'
import { bounded, type LimitLaw } from './limit-law.ts'

/** What an adaptive limit is doing. */
export interface AdaptiveConcurrencyState {
  /** Calls at once, now. */
  readonly limit: number
  /** Permits that are taken, by abandoned work too. */
  readonly active: number
  readonly waiting: number
  readonly admitted: number
  readonly refused: number
  /** What the algorithm goes by. */
  readonly law: object
}

/**
 * A bulkhead that finds out by itself how many calls at once a dependency can take, from how long they run and from its
 * push-back, and follows when that changes. Everyone else waits, or is refused with `OVERLOADED`.
 *
 * Only calls that were executed are samples: refusals, its own and those of inner policies, a caller's abort, a hedge's loser and
 * errors that came for other reasons say nothing about capacity. Time limits and push-back (429, 503) are drops. The limit
 * grows only while at least half of it is used.
 *
 * - `'gradient'`: against a baseline that is measured with few calls under way. Does not drift; its probes cost a little.
 * - `'gradient2'`: against a long average. Notices sudden slowness; drifts up under slow change.
 * - `'vegas'`: against the fastest of late, aiming at a short queue. Drifts up under load that never ends.
 * - `'aimd'`: by push-back only.
 *
 * @example
 * adaptiveConcurrency({ algorithm: 'gradient', max: 200 })
 * adaptiveConcurrency({ algorithm: 'aimd', slow: '500ms', queue: 50, maxWait: '100ms' })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function adaptiveConcurrency(options: AdaptiveConcurrencyOptions): Policy {
  const { begin: _, ...settings } = adaptiveConcurrencySettings(options)
  return {
    kind: 'adaptiveConcurrency',
    prolongs: true,
    name: options.name,
    options: settings,
    guard: (site) => new AdaptiveConcurrency(options, site),
    doubts: [
      ['retry', 'retry-inside-limit', 'its pauses are taken for slowness of the dependency'],
      ['hedge', 'hedge-inside-limit', 'only the fastest of all tries is measured'],
    ],
  }
}

class AdaptiveConcurrency implements Guard {
  readonly timed = true
  readonly #site: Site
  readonly #waiters = new WaitQueue<Waiter>()
  #options: AdaptiveConcurrencyOptions
  #settings: AdaptiveConcurrencySettings
  #law: LimitLaw
  #active = 0
  #admitted = 0
  #ended = 0
  #refused = 0
  #told: number

  constructor(options: AdaptiveConcurrencyOptions, site: Site) {
    this.#site = site
    this.#options = options
    this.#settings = adaptiveConcurrencySettings(options)
    this.#law = this.#begin(undefined)
    this.#told = this.#limit
  }

  get #limit(): number {
    return Math.max(1, Math.floor(this.#law.limit))
  }

  admit(scope: Scope, moment: Moment): Token | Refusal | Promise<Token | Refusal> {
    if (this.#law.tick !== undefined) {
      this.#law.tick(moment.now)
      this.#moved()
    }
    if (this.#active < this.#limit && this.#waiters.length === 0) return this.#take()
    if (this.#waiters.length >= this.#settings.queue) return this.#refuse('full')
    const { maxWaitMs } = this.#settings
    const waiter = new Waiter(scope.call.priority)
    return joinQueue(this.#waiters, waiter, scope, this.#site, { maxWaitMs, timeUp: () => this.#refuse('waited') })
  }

  settle(inFlight: Token, outcome: Outcome<unknown>, moment: Moment): void {
    const dropped = saysDropped(outcome)
    if (dropped === undefined) return
    const { now, ranMs } = moment
    this.#law.learn({ durationMs: ranMs, inFlight, dropped, startedAt: now - ranMs, now })
    this.#moved()
  }

  end(_token: Token): void {
    this.#active--
    this.#ended++
    this.#handOver()
  }

  update(options: Partial<AdaptiveConcurrencyOptions>): void {
    // What another algorithm was told means nothing to this one.
    const changed = options.algorithm !== undefined && options.algorithm !== this.#options.algorithm
    const { queue, maxWait, min, max } = this.#options
    const kept = Object.fromEntries(Object.entries({ queue, maxWait, min, max }).filter(([, one]) => one !== undefined))
    const merged = { ...(changed ? kept : this.#options), ...options } as AdaptiveConcurrencyOptions
    const settings = adaptiveConcurrencySettings(merged)
    const same = JSON.stringify(settings.law) === JSON.stringify(this.#settings.law) && !changed
    this.#options = merged
    this.#settings = settings
    if (!same) this.#law = this.#begin(options.initial ?? this.#limit)
    this.#moved()
    this.#handOver()
  }

  state(): AdaptiveConcurrencyState {
    return {
      limit: this.#limit,
      active: this.#active,
      waiting: this.#waiters.length,
      admitted: this.#admitted,
      refused: this.#refused,
      law: this.#law.state(),
    }
  }

  check(): void {
    const { policy } = this.#site
    const state = this.state()
    const { limit, active, waiting } = state
    conserve(policy, 'a permit for each call', active >= 0 && this.#admitted - this.#ended === active, state)
    conserve(policy, 'a limit', this.#law.limit > 0, state)
    conserve(policy, 'waiting without need', waiting === 0 || active >= limit, state)
  }

  #begin(limit: number | undefined): LimitLaw {
    const { runtime, pipeline, policy } = this.#site
    const random = (): number => runtime.random(`${pipeline}/${policy}/probe`)
    const { begin, law } = this.#settings
    return begin(limit === undefined ? undefined : bounded(limit, law), random)
  }

  /** A permit is the number of calls under way with it: what its sample is measured against. */
  #take(): Token {
    this.#admitted++
    return ++this.#active
  }

  #handOver(): void {
    while (this.#active < this.#limit) {
      const waiter = this.#waiters.next()
      if (waiter === undefined) return
      waiter.settle(this.#take())
    }
  }

  #moved(): void {
    const limit = this.#limit
    if (limit === this.#told) return
    const before = this.#told
    this.#told = limit
    tell(this.#site, 'limit.changed', { limit, before })
    if (limit > before) this.#handOver()
  }

  #refuse(reason: 'full' | 'waited'): Refusal {
    this.#refused++
    const { active, waiting, limit } = this.state()
    tell(this.#site, 'limit.refused', { active, waiting, limit, reason })
    return refused(this.#site.policy, 'OVERLOADED', `${active} of ${limit} active, ${waiting} waiting`)
  }
}

/** Whether an outcome is a drop; undefined: it is no sample of how long a call takes. */
function saysDropped(outcome: Outcome<unknown>): boolean | undefined {
  switch (outcome.kind) {
    case 'success':
      return false
    case 'overloaded':
      return true
    case 'failure':
      return isWatertightError(outcome.error, 'TIMED_OUT') ? true : undefined
    case 'cancelled':
      return outcome.cause === 'timeout' || outcome.cause === 'deadline' ? true : undefined
    case 'ignored':
    case 'refused':
      return undefined
  }
}
