import { conserve } from '../conserve.ts'
import { type Outcome, refused, type Refusal } from '../outcome.ts'
import type { Guard, Policy, Site, Token } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { CROWDING } from './crowding.ts'
import { CallerPermits } from './caller-permits.ts'
import { PoolSize } from './pool-size.ts'
import { type QueuePoolOptions, type QueuePoolSettings, queuePoolSettings } from './queue-pool-options.ts'
import { tell } from '../tell.ts'
import { joinQueue } from './join-queue.ts'
import { Waiter } from './waiter.ts'
import { WaitQueue } from './wait-queue.ts'

/** What a queue pool is doing, and has done. */
export interface QueuePoolState {
  /** Permits that are taken, by abandoned work too. */
  readonly active: number
  /** Calls in the queue. */
  readonly waiting: number
  /** Calls that run outside the pool (`callerRuns`). */
  readonly overflow: number
  /** Permits that are there: from `core` to `max`. */
  readonly size: number
  readonly submitted: number
  /** Calls that ran and returned. */
  readonly completed: number
  /** Calls that ran and threw. */
  readonly failed: number
  /** Calls that were let through and then stopped from outside, or refused further in. */
  readonly stopped: number
  readonly refused: number
  readonly discarded: number
  /** Calls that left the queue by themselves. */
  readonly left: number
  /** Times when the last permit and the last place in the queue were taken. */
  readonly saturations: number
}

const PERMIT: Token = 0

/**
 * A bulkhead with the rules of Java's `ThreadPoolExecutor`, for permits instead of threads: a call takes one of `core` permits; are they
 * taken, it waits in the queue; is that full, the pool grows up to `max`; is that reached, `whenFull` decides. Permits above
 * `core` go when they were `idle`. Unlike there, order is kept: when the pool grows because the queue is full, who waits longest
 * runs, and the newcomer takes its place at the end.
 *
 * A permit comes back when the work has stopped, not when it was given up on.
 *
 * @example
 * queuePool({ core: 4, max: 16, queue: 100, whenFull: 'discardOldest', idle: '30s' })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function queuePool(options: QueuePoolOptions): Policy {
  const settings = queuePoolSettings(options)
  return {
    kind: 'queuePool',
    prolongs: true,
    name: options.name,
    options: settings,
    guard: (site) => new QueuePool(options, site),
    doubts: CROWDING,
  }
}

class QueuePool implements Guard {
  readonly #site: Site
  readonly #waiters = new WaitQueue<Waiter>()
  readonly #callers = new CallerPermits()
  readonly #size: PoolSize
  readonly #now = (): number => this.#site.runtime.now()
  #options: QueuePoolOptions
  #settings: QueuePoolSettings
  #active = 0
  #saturated = false
  #submitted = 0
  #admitted = 0
  #ended = 0
  #completed = 0
  #failed = 0
  #stopped = 0
  #refused = 0
  #discarded = 0
  #left = 0
  #saturations = 0

  constructor(options: QueuePoolOptions, site: Site) {
    this.#options = options
    this.#settings = queuePoolSettings(options)
    this.#site = site
    const { core, max, idleMs } = this.#settings
    this.#size = new PoolSize(core, max, idleMs)
  }

  admit(scope: Scope): Token | Refusal | Promise<Token | Refusal> {
    this.#submitted++
    // Who waits comes first: then there is no permit left.
    if (this.#waiters.length === 0 && this.#active < this.#size.at(this.#active, this.#now)) return this.#take()
    if (this.#waiters.length < this.#settings.queue) return this.#queue(scope)
    if (this.#size.grow(this.#active)) {
      if (this.#waiters.length === 0) return this.#take()
      this.#handOver()
      return this.#queue(scope)
    }
    return this.#full(scope)
  }

  settle(_token: Token, outcome: Outcome<unknown>): void {
    if (outcome.kind === 'success') this.#completed++
    else if (outcome.kind === 'cancelled' || outcome.kind === 'refused') this.#stopped++
    else this.#failed++
  }

  end(token: Token): void {
    this.#ended++
    if (token !== PERMIT) {
      this.#callers.giveBack(token)
      return
    }
    this.#active--
    this.#size.gaveBack(this.#active, this.#now)
    this.#handOver()
    this.#noteSaturation()
  }

  update(options: Partial<QueuePoolOptions>): void {
    const merged = { ...this.#options, ...options }
    this.#settings = queuePoolSettings(merged)
    this.#options = merged
    const { core, max, idleMs } = this.#settings
    this.#size.resize(core, max, idleMs)
    this.#handOver()
    this.#noteSaturation()
  }

  state(): QueuePoolState {
    return {
      active: this.#active,
      waiting: this.#waiters.length,
      overflow: this.#callers.taken,
      size: this.#size.at(this.#active, this.#now),
      submitted: this.#submitted,
      completed: this.#completed,
      failed: this.#failed,
      stopped: this.#stopped,
      refused: this.#refused,
      discarded: this.#discarded,
      left: this.#left,
      saturations: this.#saturations,
    }
  }

  check(): void {
    const { policy } = this.#site
    const state = this.state()
    const { submitted, active, overflow, waiting, refused: full, discarded, left } = state
    const admitted = this.#admitted
    const running = active >= 0 && admitted - this.#ended === active + overflow
    conserve(policy, 'all that was submitted', submitted === admitted + full + discarded + left + waiting, state)
    conserve(policy, 'a permit for each call', running, state)
    conserve(policy, 'waiting without need', waiting === 0 || active >= this.#settings.core, state)
  }

  #take(): Token {
    this.#active++
    this.#admitted++
    this.#noteSaturation()
    return PERMIT
  }

  #queue(scope: Scope): Promise<Token | Refusal> {
    const { maxWaitMs } = this.#settings
    const waiter = new Waiter(scope.call.priority)
    const admission = joinQueue(this.#waiters, waiter, scope, this.#site, {
      maxWaitMs,
      timeUp: () => {
        const refusal = this.#refuse('waited')
        this.#noteSaturation()
        return refusal
      },
      left: () => {
        this.#left++
        this.#noteSaturation()
      },
    })
    this.#noteSaturation()
    tell(this.#site, 'bulkhead.queued', { active: this.#active, waiting: this.#waiters.length })
    return admission
  }

  #handOver(): void {
    while (this.#active < this.#size.at(this.#active, this.#now)) {
      const waiter = this.#waiters.next()
      if (waiter === undefined) return
      this.#active++
      this.#admitted++
      waiter.settle(PERMIT)
    }
  }

  #full(scope: Scope): Refusal | Token | Promise<Token | Refusal> {
    const { call } = scope
    switch (this.#settings.whenFull) {
      case 'abort':
        return this.#refuse('full')
      case 'callerRuns': {
        const token = this.#callers.take(call.key)
        if (token === undefined) return this.#refuse('full')
        this.#admitted++
        return token
      }
      case 'discard':
        return this.#refuse('discarded')
      case 'discardOldest': {
        const oldest = this.#waiters.least()
        if (oldest === undefined || oldest.priority > call.priority) return this.#refuse('discarded')
        this.#waiters.leave(oldest)
        oldest.settle(this.#refuse('discarded'))
        return this.#queue(scope)
      }
    }
  }

  #refuse(reason: 'full' | 'waited' | 'discarded'): Refusal {
    const active = this.#active
    const waiting = this.#waiters.length
    if (reason === 'discarded') this.#discarded++
    else this.#refused++
    tell(this.#site, 'bulkhead.refused', { active, waiting, reason })
    const { policy } = this.#site
    return reason === 'discarded'
      ? refused(policy, 'DISCARDED')
      : refused(policy, 'BULKHEAD_FULL', `${active} active, ${waiting} waiting`)
  }

  #noteSaturation(): void {
    const { max, queue } = this.#settings
    const saturated = this.#active >= max && this.#waiters.length >= queue
    if (saturated === this.#saturated) return
    this.#saturated = saturated
    if (!saturated) return
    const saturations = ++this.#saturations
    tell(this.#site, 'bulkhead.saturated', { active: this.#active, waiting: this.#waiters.length, saturations })
  }
}
