import {
  type Call,
  type Guard,
  type Moment,
  type Outcome,
  type PipelineEvents,
  type Policy,
  type Refusal,
  rateLimiter,
  requireInteger,
  type Scope,
  type Site,
  type Token,
} from 'watertight'
import type { RedisLink } from '../link/redis-link.ts'
import { slotted } from '../link/script.ts'
import { type Decision, readDecision } from './decision.ts'
import { gcraScript } from './gcra-script.ts'
import { type LimitSettings, limitSettings, periodOf, type SharedRateLimitOptions } from './limit-settings.ts'
import { LocalShare } from './local-share.ts'
import { slidingWindowScript } from './sliding-window-script.ts'

/** What a shared limit is doing in this process. */
export interface SharedRateLimitState {
  readonly algorithm: 'gcra' | 'sliding-window'
  readonly limit: number
  readonly perMs: number
  readonly admitted: number
  readonly refused: number
  /** Calls that wait for their turn. */
  readonly waiting: number
  /** Decisions that were made without Redis. */
  readonly withoutRedis: number
  /** Local limits that are remembered. */
  readonly localKeys: number
}

type LimiterRefusal = PipelineEvents['limiter.refused']['reason']

const PASSED: Token = 0
const DEFAULT_COST = 1
const MICROSECONDS = 1_000

/**
 * A rate limit that several processes share: Redis decides, in one round trip and by its own clock, so that processes whose
 * clocks disagree do not matter. Refuses with `RATE_LIMITED` and `retryAfterMs`.
 *
 * Redis is asked over a {@link RedisLink}, so that a Redis which is gone or slow costs a call at most the link's `maxWait`, and
 * after a few such calls nothing. Then, by `withoutRedis`, each process lets its share of the limit through, or everything. The
 * share begins untouched, so that for one moment after a loss up to `burst` calls more than the limit can pass. A question
 * that was given up on may have taken its cost in Redis all the same: that errs on the strict side.
 *
 * It is a rate limiter like that of the core: it has the same kind, and so the same default name, events and advice on order.
 *
 * @example
 * const link = redisLink(redisClient({ url: process.env.REDIS_URL }))
 * const search = pipeline('search', sharedRateLimit(link, { limit: 1_000, by: 'key', processes: 4 }), timeout('1s'))
 * await search.run(() => query(text), { key: tenant })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function sharedRateLimit(link: RedisLink, options: SharedRateLimitOptions): Policy {
  const settings = limitSettings(options)
  return {
    kind: 'rateLimiter',
    prolongs: true,
    name: options.name,
    options: settings,
    guard: (site) => new SharedRateLimit(link, options, site),
    doubts: settings.by === undefined ? rateLimiter({ limit: 1 }).doubts : undefined,
  }
}

class SharedRateLimit implements Guard {
  readonly #link: RedisLink
  readonly #site: Site
  #options: SharedRateLimitOptions
  #settings: LimitSettings
  #local: LocalShare
  #admitted = 0
  #refused = 0
  #waiting = 0
  #withoutRedis = 0

  constructor(link: RedisLink, options: SharedRateLimitOptions, site: Site) {
    this.#link = link
    this.#site = site
    this.#options = options
    this.#settings = limitSettings(options)
    this.#local = new LocalShare(this.#settings)
  }

  admit(scope: Scope, moment: Moment): Promise<Token | Refusal> | Refusal {
    const { call, deadline } = scope
    const { by, burst, maxWaitMs } = this.#settings
    const owner = by === 'key' ? call.key : by?.(call)
    const units = this.#costOf(call)
    if (units > burst) return this.#refuse(scope, units, 'cost', undefined)
    const longestMs = maxWaitMs === 0 ? 0 : Math.max(0, Math.min(maxWaitMs, deadline - moment.now))
    const limit = `${this.#settings.id ?? `${this.#site.pipeline}/${this.#site.policy}`}:${owner ?? ''}`
    return this.#ask(limit, units, longestMs).then((outcome) => this.#decide(scope, outcome, limit, units, longestMs))
  }

  update(options: Partial<SharedRateLimitOptions>): void {
    const merged = { ...this.#options, ...options }
    this.#settings = limitSettings(merged)
    this.#options = merged
    this.#local = new LocalShare(this.#settings)
  }

  state(): SharedRateLimitState {
    const { algorithm, limit, perMs } = this.#settings
    return {
      algorithm,
      limit,
      perMs,
      admitted: this.#admitted,
      refused: this.#refused,
      waiting: this.#waiting,
      withoutRedis: this.#withoutRedis,
      localKeys: this.#local.size,
    }
  }

  check(): void {
    if (this.#waiting < 0) throw new Error(`${this.#site.policy}: ${this.#waiting} wait`)
    if (this.#local.size > this.#settings.maxKeys)
      throw new Error(`${this.#site.policy}: ${this.#local.size} local limits`)
  }

  #ask(limit: string, cost: number, longestMs: number): Promise<Outcome<unknown>> {
    const { algorithm, slices, prefix, limit: most, burst } = this.#settings
    const period = periodOf(this.#settings)
    const keys = [slotted(prefix, `limit:${limit}`)]
    const { runtime } = this.#site
    return algorithm === 'gcra'
      ? this.#link.ask(runtime, gcraScript, keys, [most, period, burst, cost, Math.floor(longestMs * MICROSECONDS)])
      : this.#link.ask(runtime, slidingWindowScript, keys, [most, Math.ceil(period / slices), slices, cost])
  }

  #decide(
    scope: Scope,
    outcome: Outcome<unknown>,
    limit: string,
    cost: number,
    longestMs: number,
  ): Token | Refusal | Promise<Token | Refusal> {
    const { admitted, waitMs } = this.#read(outcome, limit, cost, longestMs)
    if (!admitted) return this.#refuse(scope, cost, longestMs === 0 ? 'limit' : 'wait', waitMs)
    if (waitMs > 0) return this.#wait(scope, cost, waitMs)
    this.#admitted++
    return PASSED
  }

  #read(outcome: Outcome<unknown>, limit: string, cost: number, longestMs: number): Decision {
    if (outcome.kind === 'success') {
      try {
        return readDecision(outcome.value)
      } catch (error) {
        this.#site.runtime.report(error)
      }
    }
    this.#withoutRedis++
    if (this.#settings.withoutRedis === 'allow') return { admitted: true, waitMs: 0 }
    return this.#local.take(limit, cost, longestMs, this.#site.runtime.now())
  }

  /** The turn is reserved: it only has to come. */
  #wait({ call, cancel }: Scope, cost: number, waitMs: number): Promise<Token | Refusal> {
    const { runtime, pipeline, policy, events } = this.#site
    const { promise, resolve } = Promise.withResolvers<Token | Refusal>()
    const end = (answer: Token | Refusal): void => {
      timer.cancel()
      this.#waiting--
      resolve(answer)
    }
    this.#waiting++
    const timer = runtime.timer(
      waitMs,
      () => {
        forget()
        this.#admitted++
        end(PASSED)
      },
      true,
    )
    const forget = cancel.onCancel(() => end({ kind: 'refused', by: policy, code: 'CANCELLED' }))
    events.emit('limiter.queued', { pipeline, policy, call: call.id, cost, waiting: this.#waiting })
    return promise
  }

  #costOf(call: Call): number {
    const { cost } = this.#settings
    if (typeof cost === 'number') return cost
    try {
      return requireInteger('cost', cost(call), 0)
    } catch (error) {
      this.#site.runtime.report(error)
      return DEFAULT_COST
    }
  }

  #refuse({ call }: Scope, cost: number, reason: LimiterRefusal, retryAfterMs: number | undefined): Refusal {
    this.#refused++
    const { pipeline, policy, events } = this.#site
    if (events.observed('limiter.refused')) {
      const { id, key } = call
      events.emit('limiter.refused', {
        pipeline,
        policy,
        call: id,
        key,
        cost,
        reason,
        retryAfterMs,
        waiting: this.#waiting,
      })
    }
    const refusal = { kind: 'refused', by: policy, code: 'RATE_LIMITED' } as const
    return retryAfterMs === undefined
      ? { ...refusal, detail: `costs ${cost} of at most ${this.#settings.burst}` }
      : { ...refusal, retryAfterMs }
  }
}
