import type { Duration } from '../../runtime/duration.ts'
import { count, duration, settingsOf, whole } from '../../runtime/option-checks.ts'
import { CROWDING } from './crowding.ts'
import { conserve } from '../conserve.ts'
import { refused, type Refusal } from '../outcome.ts'
import type { Guard, Policy, Site, Token } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import { joinQueue } from './join-queue.ts'
import { Waiter } from './waiter.ts'
import { WaitQueue } from './wait-queue.ts'

/** How many calls a dependency gets at once, and how many may wait for that. */
export interface BulkheadOptions {
  /** Calls at once. */
  readonly concurrent: number
  /** Calls that may wait for a free place. Default: 0, none. */
  readonly queue?: number
  /** How long each of them waits at most. Default: until its own limits end it. */
  readonly maxWait?: Duration
  readonly name?: string
}

/** What a bulkhead is doing. */
export interface BulkheadState {
  /** Permits that are taken, by abandoned work too. */
  readonly active: number
  readonly waiting: number
  readonly concurrent: number
  readonly queue: number
  readonly admitted: number
  readonly refused: number
}

interface Settings {
  readonly concurrent: number
  readonly queue: number
  readonly maxWaitMs: number
}

const PERMIT: Token = 0

/**
 * Keeps one slow dependency from taking all there is: at most `concurrent` calls at once, at most `queue` waiting, everyone else
 * is refused with `BULKHEAD_FULL`. A freed permit goes straight to who waits longest, higher priorities first; who was let
 * into the queue is refused only by `maxWait`. A permit comes back when the work has stopped, not when it was given up on.
 *
 * @example
 * bulkhead({ concurrent: 10, queue: 100, maxWait: '100ms' })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function bulkhead(options: BulkheadOptions): Policy {
  const settings = check(options)
  return {
    kind: 'bulkhead',
    prolongs: true,
    name: options.name,
    options: settings,
    guard: (site) => new Bulkhead(options, site),
    doubts: CROWDING,
  }
}

function check(options: BulkheadOptions): Settings {
  return settingsOf<Settings>('bulkhead', options, {
    concurrent: count(),
    queue: whole(0, 0),
    maxWaitMs: duration(Infinity, { infinite: true }),
  })
}

class Bulkhead implements Guard {
  readonly #site: Site
  readonly #waiters = new WaitQueue<Waiter>()
  #options: BulkheadOptions
  #settings: Settings
  #active = 0
  #admitted = 0
  #ended = 0
  #refused = 0

  constructor(options: BulkheadOptions, site: Site) {
    this.#options = options
    this.#settings = check(options)
    this.#site = site
  }

  admit(scope: Scope): Token | Refusal | Promise<Token | Refusal> {
    if (this.#active < this.#settings.concurrent && this.#waiters.length === 0) {
      this.#active++
      this.#admitted++
      return PERMIT
    }
    if (this.#waiters.length >= this.#settings.queue) return this.#refuse('full')
    return this.#queue(scope)
  }

  end(_token: Token): void {
    this.#active--
    this.#ended++
    if (this.#waiters.length !== 0) this.#handOver()
  }

  update(options: Partial<BulkheadOptions>): void {
    const merged = { ...this.#options, ...options }
    this.#settings = check(merged)
    this.#options = merged
    this.#handOver()
  }

  state(): BulkheadState {
    const { concurrent, queue } = this.#settings
    return {
      active: this.#active,
      waiting: this.#waiters.length,
      concurrent,
      queue,
      admitted: this.#admitted,
      refused: this.#refused,
    }
  }

  check(): void {
    const { policy } = this.#site
    const state = this.state()
    const { active, waiting, concurrent } = state
    conserve(policy, 'a permit for each call', active >= 0 && this.#admitted - this.#ended === active, state)
    conserve(policy, 'waiting without need', waiting === 0 || active >= concurrent, state)
  }

  #queue(scope: Scope): Promise<Token | Refusal> {
    const { maxWaitMs } = this.#settings
    const waiter = new Waiter(scope.call.priority)
    const timeUp = (): Refusal => this.#refuse('waited')
    const admission = joinQueue(this.#waiters, waiter, scope, this.#site, { maxWaitMs, timeUp })
    tell(this.#site, 'bulkhead.queued', { active: this.#active, waiting: this.#waiters.length })
    return admission
  }

  #handOver(): void {
    while (this.#active < this.#settings.concurrent) {
      const waiter = this.#waiters.next()
      if (waiter === undefined) return
      this.#active++
      this.#admitted++
      waiter.settle(PERMIT)
    }
  }

  #refuse(reason: 'full' | 'waited'): Refusal {
    this.#refused++
    const active = this.#active
    const waiting = this.#waiters.length
    tell(this.#site, 'bulkhead.refused', { active, waiting, reason })
    return refused(this.#site.policy, 'BULKHEAD_FULL', `${active} active, ${waiting} waiting`)
  }
}
