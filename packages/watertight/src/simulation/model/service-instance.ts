import { Codel } from '../../resilience/load-shedding/codel.ts'
import { LinkedList } from './linked-list.ts'
import { serverScope } from './request-scope.ts'
import type { Job } from './service-job.ts'
import type { ServiceSite } from './service-site.ts'

/** One process of a service: a pool of workers, a queue before it, and the memory that both take. */
export class ServiceInstance {
  readonly number: number
  up = true
  readonly #site: ServiceSite
  readonly #queue = new LinkedList<Job>()
  readonly #working = new LinkedList<Job>()
  readonly #codel: Codel | undefined
  /** Counts its lives: a restart that was planned for an earlier one is off. */
  #life = 0
  #warmUntil = 0
  #frozenUntil = 0
  #frozen = false

  constructor(number: number, site: ServiceSite) {
    this.number = number
    this.#site = site
    const { codel } = site.settings
    this.#codel = codel && new Codel(codel)
  }

  /** Requests inside, waiting or not. */
  get size(): number {
    return this.#queue.size + this.#working.size
  }

  get inFlight(): number {
    return this.#working.size
  }

  get queued(): number {
    return this.#queue.size
  }

  /** When the one arrived that has waited longest; undefined: nobody waits. */
  get oldestSince(): number | undefined {
    return this.#queue.first?.arrivedAt
  }

  /** Takes a request in, or refuses it. */
  take(job: Job): void {
    const { settings } = this.#site
    if (this.#expired(job)) return this.#site.refuse(job, 'DEADLINE_EXCEEDED')
    if (this.#free && this.#queue.size === 0) this.#start(job)
    else if (this.#queue.size < settings.queue) this.#queue.join(job)
    else return this.#site.refuse(job, 'OVERLOADED')
    if (this.size >= settings.memoryLimit) this.crash('out of memory')
  }

  /** Ends the work on a request that nobody wants any more. */
  stop(job: Job): void {
    if (job.list === undefined) return
    job.list.leave(job)
    job.work?.cancel('caller')
    this.#site.counters.stopped++
    this.#startNext()
  }

  crash(cause: string): void {
    if (!this.up) return
    const { world, settings, counters, name } = this.#site
    this.up = false
    this.#frozen = false
    const life = ++this.#life
    counters.crashes.push({ atMs: world.now(), instance: this.number, cause, lost: this.size })
    world.trace('crash', name, this.number, cause, this.size)
    for (const list of [this.#working, this.#queue]) while (list.first !== undefined) this.#lose(list.first)
    if (settings.restartMs === Infinity) return
    world.scheduleQuiet(world.now() + settings.restartMs, () => {
      if (this.#life === life) this.restart()
    })
  }

  /** Comes back from a crash, cold. */
  restart(): void {
    if (this.up) return
    const { world, settings, name } = this.#site
    this.#life++
    this.up = true
    this.#warmUntil = world.now() + settings.warmUp.ms
    this.#codel?.empty()
    world.trace('restart', name, this.number)
  }

  /** Stands still: nothing is begun or finished, but requests are taken in. Infinity: until {@link thaw}. */
  freeze(forMs: number): void {
    const { world } = this.#site
    const now = world.now()
    const until = now + forMs
    if (!this.up || (this.#frozen && until <= this.#frozenUntil)) return
    this.#frozenUntil = until
    if (!this.#frozen) {
      this.#frozen = true
      for (let job = this.#working.first; job !== undefined; job = job.after) {
        job.left = job.finishAt - now
        job.finishAt = Number.NaN
      }
    }
    if (until === Infinity) return
    world.scheduleQuiet(until, () => {
      if (this.#frozenUntil === until) this.thaw()
    })
  }

  thaw(): void {
    if (!this.#frozen) return
    this.#frozen = false
    const now = this.#site.world.now()
    for (let job = this.#working.first, next = job?.after; job !== undefined; job = next, next = job?.after) {
      if (job.answer !== undefined) this.#leave(job, job.answer.error)
      else if (!Number.isNaN(job.left)) this.#finishAt(job, now + job.left)
    }
    this.#startNext()
  }

  get #free(): boolean {
    return this.up && !this.#frozen && this.#working.size < this.#site.settings.pool
  }

  #startNext(): void {
    const { settings, world } = this.#site
    while (this.#free) {
      const job = settings.order === 'fifo' ? this.#queue.first : this.#queue.last
      if (job === undefined) return this.#codel?.empty()
      this.#queue.leave(job)
      if (this.#expired(job)) this.#site.refuse(job, 'DEADLINE_EXCEEDED')
      else if (this.#codel?.drops(world.now() - job.arrivedAt, world.now()) === true)
        this.#site.refuse(job, 'OVERLOADED')
      else this.#start(job)
    }
  }

  #start(job: Job): void {
    this.#working.join(job)
    this.#finishAt(job, this.#site.world.now() + this.#site.serviceTime(job) * this.#slowness())
  }

  #finishAt(job: Job, atMs: number): void {
    job.finishAt = atMs
    this.#site.world.scheduleQuiet(atMs, () => {
      // It has been stopped, lost or frozen meanwhile.
      if (job.list === this.#working && job.finishAt === atMs) this.#finish(job)
    })
  }

  #finish(job: Job): void {
    const { handler } = this.#site.settings
    job.finishAt = job.left = Number.NaN
    if (handler === undefined) return this.#end(job, this.#site.ownError(job))
    const { scope, work } = serverScope(this.#site.world, this.#site.name, job.scope)
    job.work = work
    this.#site.world.wake()
    const answered = (error: unknown): void => {
      if (job.list === undefined) return
      if (this.#frozen) job.answer = { error }
      else this.#end(job, error)
    }
    // A handler that throws at once has answered as well.
    const run = async (): Promise<void> => void (await handler(scope))
    run().then(
      () => answered(this.#site.ownError(job)),
      (error: unknown) => answered(this.#site.sentError(error)),
    )
  }

  #end(job: Job, error: unknown): void {
    this.#leave(job, error)
    this.#startNext()
  }

  #leave(job: Job, error: unknown): void {
    this.#working.leave(job)
    this.#site.answer(job, error)
  }

  #lose(job: Job): void {
    job.list?.leave(job)
    job.work?.cancel('shutdown')
    this.#site.lose(job)
  }

  #expired(job: Job): boolean {
    return this.#site.settings.dropExpired && job.scope.deadline <= this.#site.world.now()
  }

  #slowness(): number {
    const { settings, world, slow } = this.#site
    const { slowdown, warmUp } = settings
    let factor = slow
    if (world.now() < this.#warmUntil) factor /= warmUp.speed
    if (slowdown !== undefined) {
      const excess = (this.size / slowdown.full - slowdown.above) / (1 - slowdown.above)
      if (excess > 0) factor *= 1 + slowdown.by * excess * excess
    }
    return factor
  }
}
