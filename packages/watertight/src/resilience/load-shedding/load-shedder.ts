import { joinQueue } from '../bulkhead/join-queue.ts'
import { Waiter } from '../bulkhead/waiter.ts'
import { WaitQueue } from '../bulkhead/wait-queue.ts'
import { conserve } from '../conserve.ts'
import { refused, type Refusal } from '../outcome.ts'
import type { ShedReason } from '../pipeline-events.ts'
import type { Guard, Moment, Policy, Site, Token } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import { AdmissionLevels } from './admission-levels.ts'
import { Codel } from './codel.ts'
import { type LoadShedderOptions, type LoadShedderSettings, loadShedderSettings } from './load-shedder-options.ts'
import { QueueDelay } from './queue-delay.ts'

/** What a load shedder is doing. */
export interface LoadShedderState {
  /** Permits that are taken, by abandoned work too. */
  readonly active: number
  readonly waiting: number
  readonly admitted: number
  readonly refused: number
  /** Whether it sheds by queue delay. */
  readonly shedding: boolean
  /** Share of the levels that is served; 1 without fairness. */
  readonly served: number
}

const PERMIT: Token = 0

/** A call that waits, since when, and until when it makes sense. */
class Queued extends Waiter {
  readonly since: number
  readonly deadline: number

  constructor(priority: number, since: number, deadline: number) {
    super(priority)
    this.since = since
    this.deadline = deadline
  }
}

/**
 * Keeps a service useful under more load than it can serve: refuses the rest early with `OVERLOADED`, and the right ones. To be put
 * around what the service itself does for its callers, outermost.
 *
 * - A short queue takes up bursts. When even the least wait of an interval is above target, the queue stands: CoDel drops
 *   whoever waits longest at the lowest priority, faster and faster, until it does not ({@link Codel}). Calls do not slow down
 *   for being dropped, as TCP would: so while that lasts nobody waits longer than an interval, and who came last is
 *   served first, since its caller is still there (adaptive LIFO).
 * - Higher priorities are served first. A full queue makes room for a call of higher priority, or under pressure a newer
 *   one, by discarding its oldest at the lowest priority.
 * - With `fairness`, users are shed by levels, each wholly ({@link AdmissionLevels}).
 *
 * Only for these reasons, and for a deadline that has passed, is a call refused that was let into the queue.
 *
 * After RFC 8289; B. Maurer, "Fail at Scale" (ACM Queue 2015); H. Zhou and others, DAGOR (SoCC 2018).
 *
 * @example
 * loadShedder({ concurrent: 50, target: '20ms', interval: '100ms', fairness: true })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function loadShedder(options: LoadShedderOptions): Policy {
  const settings = loadShedderSettings(options)
  return {
    kind: 'loadShedder',
    prolongs: true,
    name: options.name,
    options: settings,
    guard: (site) => new LoadShedder(options, site),
  }
}

class LoadShedder implements Guard {
  readonly #site: Site
  readonly #waiters = new WaitQueue<Queued>()
  readonly #codel: Codel
  readonly #delay = new QueueDelay()
  #options: LoadShedderOptions
  #settings: LoadShedderSettings
  #levels: AdmissionLevels | undefined
  #shedding = false
  /** The last that was told of it. */
  #told = false
  #active = 0
  #admitted = 0
  #ended = 0
  #refused = 0

  constructor(options: LoadShedderOptions, site: Site) {
    this.#site = site
    this.#options = options
    this.#settings = loadShedderSettings(options)
    this.#codel = new Codel(this.#settings)
    const { fairness } = this.#settings
    this.#levels = fairness === undefined ? undefined : new AdmissionLevels(fairness)
  }

  admit(scope: Scope, moment: Moment): Token | Refusal | Promise<Token | Refusal> {
    const { concurrent, queue } = this.#settings
    if (this.#levels !== undefined && !this.#serves(this.#levels, scope, moment.now)) return this.#refuse('level')
    if (this.#active < concurrent && this.#waiters.length === 0) return this.#take(0)
    if (this.#waiters.length >= queue && !this.#makesRoom(scope.call.priority)) return this.#refuse('full')
    const waiter = new Queued(scope.call.priority, moment.now, scope.deadline)
    return joinQueue(this.#waiters, waiter, scope, this.#site, {
      maxWaitMs: Infinity,
      timeUp: () => this.#refuse('delay'),
    })
  }

  end(_token: Token): void {
    this.#active--
    this.#ended++
    this.#handOver()
  }

  update(options: Partial<LoadShedderOptions>): void {
    const merged = { ...this.#options, ...options }
    const settings = loadShedderSettings(merged)
    this.#options = merged
    this.#settings = settings
    this.#codel.update(settings)
    const { fairness } = settings
    if ('fairness' in options) this.#levels = fairness === undefined ? undefined : new AdmissionLevels(fairness)
    this.#handOver()
  }

  state(): LoadShedderState {
    return {
      active: this.#active,
      waiting: this.#waiters.length,
      admitted: this.#admitted,
      refused: this.#refused,
      shedding: this.#shedding,
      served: this.#levels?.served ?? 1,
    }
  }

  check(): void {
    const { policy } = this.#site
    const state = this.state()
    const { active, waiting } = state
    conserve(policy, 'a permit for each call', active >= 0 && this.#admitted - this.#ended === active, state)
    conserve(policy, 'waiting without need', waiting === 0 || active >= this.#settings.concurrent, state)
  }

  /** Whether the level of this call is served at present. */
  #serves(levels: AdmissionLevels, scope: Scope, now: number): boolean {
    if (levels.due(now)) {
      const oldest = this.#waiters.least()
      const standing = oldest === undefined ? 0 : now - oldest.since
      levels.adjust(this.#delay.take(standing) > this.#settings.targetMs)
    }
    const { priority, key } = scope.call
    const draw = (): number => scope.random(`${this.#site.policy}/level`)
    return levels.admits(levels.levelOf(priority, key, now, draw), now)
  }

  #take(waitedMs: number): Token {
    this.#active++
    this.#admitted++
    if (this.#levels !== undefined) this.#delay.add(waitedMs)
    return PERMIT
  }

  /** Discards the least important one that waits, if it is less so than a call of this priority. */
  #makesRoom(priority: number): boolean {
    const least = this.#waiters.least()
    if (least === undefined) return false
    const newerFirst = this.#shedding && this.#settings.order === 'adaptive'
    if (least.priority > priority || (least.priority === priority && !newerFirst)) return false
    this.#shed(least, 'discarded')
    return true
  }

  #handOver(): void {
    if (this.#active >= this.#settings.concurrent) return
    const now = this.#site.runtime.now()
    let waitedMs = 0
    while (this.#active < this.#settings.concurrent) {
      waitedMs = Math.max(waitedMs, this.#shedLate(now))
      const newestFirst = this.#shedding && this.#settings.order === 'adaptive'
      const waiter = newestFirst ? this.#waiters.newest() : this.#waiters.peek()
      if (waiter === undefined) break
      this.#waiters.leave(waiter)
      waiter.settle(now < waiter.deadline ? this.#take(now - waiter.since) : this.#refuse('deadline'))
    }
    if (this.#waiters.length === 0) {
      this.#codel.empty()
      this.#shedding = false
    }
    this.#tell(waitedMs)
  }

  /** Drops, from the least important on, who waited too long. How long the longest of them, or the first who may stay, did. */
  #shedLate(now: number): number {
    let longest = 0
    for (let least = this.#waiters.least(); least !== undefined; least = this.#waiters.least()) {
      const waitedMs = now - least.since
      longest = Math.max(longest, waitedMs)
      const byLaw = this.#codel.drops(waitedMs, now)
      this.#shedding = this.#codel.dropping
      const tooLong = this.#shedding && waitedMs > this.#settings.intervalMs
      if (now >= least.deadline) this.#shed(least, 'deadline')
      else if (byLaw || tooLong) this.#shed(least, 'delay')
      else break
    }
    return longest
  }

  #shed(waiter: Queued, reason: ShedReason): void {
    this.#waiters.leave(waiter)
    if (this.#levels !== undefined) this.#delay.add(this.#site.runtime.now() - waiter.since)
    waiter.settle(this.#refuse(reason))
  }

  #tell(delayMs: number): void {
    const on = this.#shedding
    if (on === this.#told) return
    this.#told = on
    tell(this.#site, 'shedder.pressure', { on, delayMs })
  }

  #refuse(reason: ShedReason): Refusal {
    this.#refused++
    const active = this.#active
    const waiting = this.#waiters.length
    tell(this.#site, 'shedder.refused', { active, waiting, reason })
    const code = reason === 'deadline' ? 'DEADLINE_EXCEEDED' : 'OVERLOADED'
    return refused(this.#site.policy, code, `${reason}; ${active} active, ${waiting} waiting`)
  }
}
