import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption, requireBetween, requirePositive, requireText } from '../../runtime/option.ts'
import type { World } from '../kernel/world.ts'
import { Balancer } from './balancer.ts'
import type { RequestScope } from './request-scope.ts'
import type { ServiceCounters, ServiceGauges } from './service-counters.ts'
import { ServiceInstance } from './service-instance.ts'
import { Job } from './service-job.ts'
import { type ServiceOptions, serviceSettings } from './service-options.ts'
import { ServiceSite } from './service-site.ts'

/**
 * A service that others depend on: it queues, slows down, runs out of memory, crashes, loses what it had, comes back cold, and
 * goes on working for callers that gave up long ago. What happens to a request follows from the seed, its call's id and its
 * attempt, so that two configurations meet the same service.
 *
 * @example
 * const payment = new ServiceModel(world, 'payment', {
 *   instances: 4, pool: 50, serviceTime: lognormal({ mean: '100ms', cv: 1 }),
 *   memoryLimit: 16_000, slowdown: { above: 0.6, by: 3 }, restart: '30s', warmUp: '30s',
 * })
 * await payments.on(world).run((scope) => payment.request(scope))
 */
export class ServiceModel {
  readonly name: string
  readonly #site: ServiceSite
  readonly #instances: readonly ServiceInstance[]
  readonly #balancer: Balancer

  /** @throws WatertightError `INVALID_OPTION` */
  constructor(world: World, name: string, options: ServiceOptions) {
    const settings = serviceSettings(options)
    this.name = requireText('name', name)
    this.#site = new ServiceSite(world, name, settings)
    this.#instances = Array.from({ length: settings.instances }, (_, index) => new ServiceInstance(index, this.#site))
    this.#balancer = new Balancer(world, name, settings.balancing, this.#instances)
  }

  /**
   * Sends a request, and resolves when it has been served. When the scope is cancelled it rejects at once; the service learns of
   * that only where its option `abandoned` says so.
   *
   * @throws WatertightError (as a rejection) `CONNECTION_FAILED`: no instance is up; `CONNECTION_LOST`: the instance crashed;
   * `OVERLOADED`: the queue is full, or CoDel dropped it; `DEADLINE_EXCEEDED`: past its deadline; `SERVICE_FAILED`: it failed by
   * itself; `CANCELLED`; or what the handler threw.
   */
  request(scope: RequestScope): Promise<void> {
    return new Promise((resolve, reject) => this.#admit(new Job(scope, this.#site.world.now(), resolve, reject)))
  }

  /** What it has seen since the beginning. */
  get counters(): Readonly<ServiceCounters> {
    return this.#site.counters
  }

  /** What it is doing now. */
  get gauges(): ServiceGauges {
    const { world, settings } = this.#site
    let [inFlight, queued, fullest, up] = [0, 0, 0, 0]
    let oldest = world.now()
    for (const instance of this.#instances) {
      inFlight += instance.inFlight
      queued += instance.queued
      fullest = Math.max(fullest, instance.size)
      oldest = Math.min(oldest, instance.oldestSince ?? oldest)
      if (instance.up) up++
    }
    return { inFlight, queued, oldestMs: world.now() - oldest, memory: fullest / settings.memoryLimit, up }
  }

  /** Kills one instance, or all of them, with everything in it. */
  crash(instance?: number, cause = 'scripted'): void {
    for (const one of this.#chosen(instance)) one.crash(cause)
  }

  /** Brings back what has crashed, ahead of time. */
  restart(instance?: number): void {
    for (const one of this.#chosen(instance)) one.restart()
  }

  /** One instance, or all, stand still for so long, as in a collection of garbage; `Infinity`: they hang until {@link resume}. */
  freeze(duration: Duration, instance?: number): void {
    const ms = toMilliseconds('duration', duration, { infinite: true })
    for (const one of this.#chosen(instance)) one.freeze(ms)
  }

  /** Ends a freeze. */
  resume(instance?: number): void {
    for (const one of this.#chosen(instance)) one.thaw()
  }

  /** From now on, work that begins takes `factor` times as long; 1 is back to normal. */
  slow(factor: number): void {
    this.#site.slow = requirePositive('factor', factor)
  }

  /** From now on, this share of requests fails once it is done. */
  failing(errorRate: number): void {
    this.#site.errorRate = requireBetween('errorRate', errorRate, 0, 1)
  }

  /** @throws Error when a request has got lost from the books: for tests and simulations. */
  check(): void {
    const { arrived, served, wasted, failed, lost, stopped, refused } = this.#site.counters
    const inside = this.#instances.reduce((sum, { size }) => sum + size, 0)
    const turnedAway = Object.values(refused).reduce((sum, count) => sum + count, 0)
    const seen = served + wasted + failed + lost + stopped + turnedAway + inside
    if (arrived !== seen)
      throw new Error(`${this.name}: ${arrived} requests have arrived, but ${seen} are accounted for`)
  }

  #admit(job: Job): void {
    const site = this.#site
    // Given up before it was sent.
    if (job.scope.cancel.cancelled) return site.abandon(job)
    site.counters.arrived++
    const instance = this.#balancer.choose(job.scope)
    job.listen(() => {
      site.abandon(job)
      if (site.settings.abandoned === 'stopped') instance?.stop(job)
    })
    if (instance === undefined) site.refuse(job, 'CONNECTION_FAILED')
    else instance.take(job)
  }

  #chosen(instance: number | undefined): readonly ServiceInstance[] {
    if (instance === undefined) return this.#instances
    const chosen = this.#instances[instance]
    if (chosen !== undefined) return [chosen]
    throw invalidOption('instance', instance, `one of 0 to ${this.#instances.length - 1}`)
  }
}
