import { WatertightError } from '../../runtime/error.ts'
import type { World } from '../kernel/world.ts'
import { KeyedDraws } from './keyed-draws.ts'
import { drawPath } from './request-scope.ts'
import { noCounts, type ServiceCounters } from './service-counters.ts'
import type { Job } from './service-job.ts'
import type { ServiceSettings } from './service-options.ts'

const MESSAGES: Readonly<Record<string, string>> = {
  CONNECTION_FAILED: 'no instance is up',
  CONNECTION_LOST: 'the instance crashed',
  OVERLOADED: 'too many requests wait',
  DEADLINE_EXCEEDED: 'nobody wants the answer any more',
  SERVICE_FAILED: 'it failed',
  CANCELLED: 'the caller gave up',
}
/** Trying again is of no use. */
const FINAL: ReadonlySet<string> = new Set(['DEADLINE_EXCEEDED', 'CANCELLED'])

/** What all instances of a service share: its world, its settings, its books, and how callers are told. */
export class ServiceSite {
  readonly world: World
  readonly name: string
  readonly settings: ServiceSettings
  readonly counters: ServiceCounters = noCounts()
  /** Work that begins takes so many times as long. */
  slow = 1
  /** Share of requests that fail once they are done. */
  errorRate: number
  readonly #times: KeyedDraws
  readonly #errorStream: string

  constructor(world: World, name: string, settings: ServiceSettings) {
    this.world = world
    this.name = name
    this.settings = settings
    this.errorRate = settings.errorRate
    this.#times = new KeyedDraws(world, `service:${name}`)
    this.#errorStream = `errors of ${name}`
  }

  serviceTime({ scope }: Job): number {
    return this.settings.serviceTime.sample(this.#times.of(scope.call.id, drawPath(scope)))
  }

  /** The error of a request that fails by itself. */
  ownError({ scope }: Job): unknown {
    if (this.errorRate === 0) return undefined
    const fails = this.world.random(this.#errorStream, scope.call.id, drawPath(scope)) < this.errorRate
    return fails ? this.error('SERVICE_FAILED') : undefined
  }

  /** The work on a request is done. */
  answer(job: Job, error: unknown): void {
    if (!job.wanted) this.counters.wasted++
    else if (error === undefined) this.counters.served++
    else this.counters.failed++
    if (error === undefined) this.#tell(job, (one) => one.succeed())
    else this.#tell(job, (one) => one.fail(error))
  }

  /** The caller learns of it a little later. */
  refuse(job: Job, code: string): void {
    this.counters.refused[code] = (this.counters.refused[code] ?? 0) + 1
    this.world.scheduleQuiet(this.world.now() + this.settings.refusalMs, () =>
      this.#tell(job, (one) => one.fail(this.error(code))),
    )
  }

  lose(job: Job): void {
    this.counters.lost++
    this.#tell(job, (one) => one.fail(this.error('CONNECTION_LOST')))
  }

  /** The caller has given up, and is told so at once. */
  abandon(job: Job): void {
    this.counters.abandoned++
    this.#tell(job, (one) => one.fail(this.error('CANCELLED')))
  }

  /**
   * What a caller gets of an error that the handler threw: one that says the same, but another object. No mark that a retry has
   * left on it in there crosses a network, and no cause, such as the proof that a connection further down was never made.
   */
  sentError(thrown: unknown): unknown {
    if (thrown === undefined) return this.error('SERVICE_FAILED')
    if (!(thrown instanceof Error)) return thrown
    const { cause: _, ...said } = Object.getOwnPropertyDescriptors(thrown)
    return Object.create(Object.getPrototypeOf(thrown) as object, said)
  }

  error(code: string): WatertightError {
    return WatertightError.withoutStack(code, `${this.name}: ${MESSAGES[code]}`, {
      source: this.name,
      retryable: !FINAL.has(code),
      // Proof for whoever asks whether it may have been executed.
      cause: code === 'CONNECTION_FAILED' ? NO_CONNECTION : undefined,
    })
  }

  #tell(job: Job, tell: (job: Job) => void): void {
    if (!job.wanted) return
    this.world.wake()
    tell(job)
  }
}

const NO_CONNECTION = { code: 'ECONNREFUSED' } as const
