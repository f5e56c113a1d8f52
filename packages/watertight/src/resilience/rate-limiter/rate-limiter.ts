import { requireInteger } from '../../runtime/option.ts'
import type { Timer } from '../../runtime/runtime.ts'
import type { Doubt } from '../advice.ts'
import { asked } from '../asked.ts'
import { WaitQueue } from '../bulkhead/wait-queue.ts'
import type { Call } from '../call.ts'
import { splitOptions } from '../keyed/keyed-options.ts'
import { keyed } from '../keyed/keyed.ts'
import { conserve } from '../conserve.ts'
import { refused, type Refusal } from '../outcome.ts'
import type { LimiterRefusal } from '../pipeline-events.ts'
import type { Guard, Moment, Policy, Site, Token } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import { type Limit, waitUntil } from './limit.ts'
import { type LimiterSettings, limiterSettings, type RateLimiterOptions } from './limiter-options.ts'
import { makeLimit, sameRate } from './make-limit.ts'
import { CostlyWaiter, WaitingCost } from './waiting-cost.ts'

/** What a rate limiter is doing. */
export interface RateLimiterState {
  /** The most that can be taken at once. */
  readonly capacity: number
  /** What is taken of it now. */
  readonly used: number
  /** Milliseconds until a call of cost 1 can be let through; 0: now. */
  readonly retryAfterMs: number
  readonly waiting: number
  readonly admitted: number
  readonly refused: number
}

const PERMIT: Token = 0
const DEFAULT_COST = 1

/**
 * Lets through so many calls in a span of time. Who comes too early waits for its turn (`maxWait`, `queue`), first come first
 * served within a priority, or is refused with `RATE_LIMITED` and the time after which it would have been let through: the exact
 * one, but for calls behind others of different cost, where it may be a little short. Nobody
 * is made to wait who cannot be served in time: by `maxWait`, or by its own deadline. A refused call consumes nothing, and a
 * call that stops waiting leaves its place to the next. What was let through counts, whatever becomes of it further in.
 *
 * With `by`, each key has a limit of its own: see {@link keyed} for what happens to keys. A key is forgotten only when its limit
 * is as good as new, so that nobody gets more by being forgotten.
 *
 * @example
 * rateLimiter({ limit: 100, per: '1s', burst: 20 })
 * rateLimiter({ limit: 10, per: '1m', algorithm: 'sliding-log', by: 'key' })                // ten a minute for each customer
 * rateLimiter({ limit: 50, per: '500ms', algorithm: 'refresh-period', maxWait: '2s', queue: 200 })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function rateLimiter(options: RateLimiterOptions): Policy {
  const { keyed: keys, inner } = splitOptions(options)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was split off is optional
  const own = inner as RateLimiterOptions
  const one: Policy = {
    kind: 'rateLimiter',
    prolongs: true,
    name: options.name,
    options: limiterSettings(own),
    guard: (site) => new RateLimiter(own, site),
  }
  // By key it is what a customer may ask for, not what a dependency can take: whole calls are what it counts.
  return Object.keys(keys).length > 0 ? keyed(one, keys) : { ...one, doubts: DOUBTS }
}

const DOUBTS: readonly Doubt[] = [
  ['retry', 'retry-inside-rate-limiter', 'the limit counts calls, and their further attempts come on top'],
  ['hedge', 'hedge-inside-rate-limiter', 'the limit counts calls, and their hedges come on top'],
  ['circuitBreaker', 'breaker-inside-rate-limiter', 'calls that the open circuit refuses use up the limit'],
]

class RateLimiter implements Guard {
  readonly #site: Site
  readonly #waiters = new WaitQueue<CostlyWaiter>()
  readonly #waitingCost = new WaitingCost()
  #options: RateLimiterOptions
  #settings: LimiterSettings
  #limit: Limit
  /** Wakes when who is next can be let through. */
  #alarm: Timer | undefined
  #admitted = 0
  #refused = 0

  constructor(options: RateLimiterOptions, site: Site) {
    this.#options = options
    this.#settings = limiterSettings(options)
    this.#limit = makeLimit(this.#settings)
    this.#site = site
  }

  admit(scope: Scope, moment: Moment): Token | Refusal | Promise<Token | Refusal> {
    const cost = this.#costOf(scope.call)
    const { now } = moment
    const limit = this.#limit
    if (cost > limit.capacity) return this.#refuse(scope, cost, 'cost', undefined)
    const ahead = this.#waitingCost.ahead(scope.call.priority)
    const readyAt = this.#readyAt(ahead, cost, now)
    if (ahead === 0 && readyAt <= now) {
      limit.take(cost, now)
      this.#admitted++
      return PERMIT
    }
    const { queue, maxWaitMs } = this.#settings
    const waitMs = readyAt > now ? waitUntil(readyAt, now) : 0
    if (maxWaitMs === 0 || queue === 0) return this.#refuse(scope, cost, 'limit', waitMs)
    if (this.#waiters.length >= queue) return this.#refuse(scope, cost, 'queue', waitMs)
    if (waitMs > maxWaitMs) return this.#refuse(scope, cost, 'wait', waitMs)
    if (now + waitMs >= scope.deadline) return this.#refuse(scope, cost, 'deadline', waitMs)
    return this.#wait(scope, cost)
  }

  /** Whether a new one would do the same: then nothing is lost when this one is forgotten. */
  forgettable(now: number): boolean {
    return this.#waiters.length === 0 && this.#limit.used(now) <= 0
  }

  update(options: Partial<RateLimiterOptions>): void {
    const merged = { ...this.#options, ...options }
    const settings = limiterSettings(merged)
    const before = this.#settings
    this.#options = merged
    this.#settings = settings
    if (!sameRate(settings, before)) {
      const { runtime } = this.#site
      const now = runtime.now()
      const used = Math.ceil(this.#limit.used(now))
      this.#limit = makeLimit(settings)
      // A changed limit forgives nothing: what was taken of the old one is taken of the new one.
      if (used > 0) this.#limit.take(used, now)
    }
    this.#handOver()
  }

  state(): RateLimiterState {
    const now = this.#site.runtime.now()
    const { capacity } = this.#limit
    const readyAt = this.#readyAt(this.#waitingCost.ahead(0), DEFAULT_COST, now)
    return {
      capacity,
      used: this.#limit.used(now),
      retryAfterMs: readyAt > now ? waitUntil(readyAt, now) : 0,
      waiting: this.#waiters.length,
      admitted: this.#admitted,
      refused: this.#refused,
    }
  }

  check(): void {
    const { policy } = this.#site
    const state = this.state()
    const cost = this.#waitingCost.ahead(0)
    conserve(policy, 'an alarm while calls wait', (this.#alarm !== undefined) === state.waiting > 0, state)
    conserve(policy, 'the cost of those who wait', cost >= 0 && (state.waiting > 0 || cost === 0), { ...state, cost })
  }

  #wait(scope: Scope, cost: number): Promise<Token | Refusal> {
    const { runtime, policy } = this.#site
    const waiter = new CostlyWaiter(scope.call.priority, cost)
    const { maxWaitMs } = this.#settings
    if (maxWaitMs !== Infinity) {
      const timer = runtime.timer(maxWaitMs, () => this.#giveUp(waiter, scope), true)
      waiter.cleanUp(() => timer.cancel())
    }
    this.#waiters.join(waiter)
    this.#waitingCost.add(waiter)
    waiter.cleanUp(
      scope.cancel.onCancel(() => {
        this.#drop(waiter)
        waiter.settle(refused(policy, 'CANCELLED'))
        this.#handOver()
      }),
    )
    this.#handOver()
    tell(this.#site, 'limiter.queued', { call: scope.call.id, cost, waiting: this.#waiters.length })
    return waiter.admission
  }

  /** It has waited long enough; but if its turn is in this very moment, it is not refused. */
  #giveUp(waiter: CostlyWaiter, scope: Scope): void {
    this.#handOver()
    if (!this.#drop(waiter)) return
    const { cost, priority } = waiter
    const now = this.#site.runtime.now()
    const readyAt = this.#readyAt(this.#waitingCost.ahead(priority), cost, now)
    waiter.settle(this.#refuse(scope, cost, 'wait', readyAt > now ? waitUntil(readyAt, now) : 0))
    this.#handOver()
  }

  /** Takes out who waits no longer, so that those behind move up. */
  #drop(waiter: CostlyWaiter): boolean {
    const waited = this.#waiters.leave(waiter)
    if (waited) this.#waitingCost.remove(waiter)
    return waited
  }

  /** When a call can be let through that has others ahead of it: exact when it has none, else not earlier than this. */
  #readyAt(ahead: number, cost: number, now: number): number {
    return ahead === 0 && cost <= this.#limit.capacity
      ? this.#limit.readyAt(cost, now)
      : this.#limit.earliestFor(ahead + cost, now)
  }

  /** Lets through who is next as long as the limit allows, and sets the alarm for the one after. */
  #handOver(): void {
    const { runtime } = this.#site
    this.#alarm?.cancel()
    this.#alarm = undefined
    for (let waiter = this.#waiters.peek(); waiter !== undefined; waiter = this.#waiters.peek()) {
      const now = runtime.now()
      // After an update the limit may be below what someone was let into the queue for.
      const cost = Math.min(waiter.cost, this.#limit.capacity)
      const readyAt = this.#limit.readyAt(cost, now)
      if (readyAt > now) {
        this.#alarm = runtime.timer(waitUntil(readyAt, now), () => this.#handOver(), true)
        return
      }
      this.#limit.take(waiter.cost, now)
      this.#admitted++
      this.#drop(waiter)
      waiter.settle(PERMIT)
    }
  }

  #costOf(call: Call): number {
    const { cost } = this.#settings
    if (typeof cost === 'number') return cost
    const computed = (): number => requireInteger('cost', cost(call), 0)
    return asked(this.#site.runtime, computed, DEFAULT_COST)
  }

  #refuse(scope: Scope, cost: number, reason: LimiterRefusal, retryAfterMs: number | undefined): Refusal {
    this.#refused++
    const { id: call, key } = scope.call
    tell(this.#site, 'limiter.refused', { call, key, cost, reason, retryAfterMs, waiting: this.#waiters.length })
    const detail = retryAfterMs === undefined ? `costs ${cost} of at most ${this.#limit.capacity}` : undefined
    return refused(this.#site.policy, 'RATE_LIMITED', detail, retryAfterMs)
  }
}
