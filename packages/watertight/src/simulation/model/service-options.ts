import type { Scope } from '../../resilience/scope.ts'
import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import {
  invalidOption,
  refuseUnknown,
  requireBetween,
  requireInteger,
  requireOneOf,
  requirePositive,
  requirePositiveInteger,
} from '../../runtime/option.ts'
import type { Law } from './law.ts'

/** How requests are spread over instances. `'two-choices'`: the less busy one of two that are drawn. */
export type Balancing = 'round-robin' | 'least-requests' | 'random' | 'two-choices'

/** A service: some instances of a process with a pool of workers and a queue before it. */
export interface ServiceOptions {
  /** Default: 1. */
  readonly instances?: number
  /** Requests that an instance works on at once. */
  readonly pool: number
  /** How long a worker takes for a request, by itself. */
  readonly serviceTime: Law
  /**
   * What a worker does after that, while it stays taken: calls other services, through real pipelines. What it throws is the
   * answer: the caller gets an error that says the same. Give its calls the id of the request, its deadline and its signal, as here.
   * Default: nothing.
   *
   * @example
   * handler: ({ call, deadline, signal }) => queries.run((scope) => database.request(scope), { id: call.id, deadline, signal })
   */
  readonly handler?: (scope: Scope) => Promise<unknown>
  /** Requests that may wait in an instance for a worker; further ones are refused. Default: any number. */
  readonly queue?: number
  /** Who is next: who has waited longest, or shortest. Default: `'fifo'`. */
  readonly order?: 'fifo' | 'lifo'
  /** Drops from the queue what waits too long for too long (RFC 8289). Default: nothing is dropped. */
  readonly codel?: { readonly target: Duration; readonly interval: Duration }
  /** Only instances that are up are chosen. Default: `'round-robin'`. */
  readonly balancing?: Balancing
  /** Requests in an instance, waiting or not, at which it runs out of memory and crashes. Default: it never does. */
  readonly memoryLimit?: number
  /**
   * Work that begins while an instance is fuller than `above` takes longer: 1 + `by` x ((occupancy - above) / (1 - above))²
   * times as long. Occupancy is the share of the memory limit, or of pool and queue where there is none. Default: it does not.
   */
  readonly slowdown?: { readonly above: number; readonly by: number }
  /** How long a crashed instance is away. `Infinity`: until `restart()`. Default: `'30s'`. */
  readonly restart?: Duration
  /** After a restart, an instance works at a lower speed for a while. A duration alone means half speed. Default: 0. */
  readonly warmUp?: Duration | { readonly for: Duration; readonly speed: number }
  /** How long it takes to be refused. Default: `'1ms'`. */
  readonly refusal?: Duration
  /** Work whose caller has given up is done all the same, or stops at once. Default: `'served'`. */
  readonly abandoned?: 'served' | 'stopped'
  /** Whether what is past its deadline is refused, on arrival and when a worker would begin with it. Default: false. */
  readonly dropExpired?: boolean
  /** Share of all requests that fail once they are done. Default: 0. */
  readonly errorRate?: number
}

/** {@link ServiceOptions}, checked and complete. */
export interface ServiceSettings {
  readonly instances: number
  readonly pool: number
  readonly serviceTime: Law
  readonly handler: ((scope: Scope) => Promise<unknown>) | undefined
  readonly queue: number
  readonly order: 'fifo' | 'lifo'
  readonly codel: { readonly targetMs: number; readonly intervalMs: number } | undefined
  readonly balancing: Balancing
  readonly memoryLimit: number
  readonly slowdown: { readonly above: number; readonly by: number; readonly full: number } | undefined
  readonly restartMs: number
  readonly warmUp: { readonly ms: number; readonly speed: number }
  readonly refusalMs: number
  readonly abandoned: 'served' | 'stopped'
  readonly dropExpired: boolean
  readonly errorRate: number
}

const KNOWN = [
  'instances',
  'pool',
  'serviceTime',
  'handler',
  'queue',
  'order',
  'codel',
  'balancing',
  'memoryLimit',
  'slowdown',
  'restart',
  'warmUp',
  'refusal',
  'abandoned',
  'dropExpired',
  'errorRate',
] as const
const BALANCINGS = ['round-robin', 'least-requests', 'random', 'two-choices'] as const

/** @throws WatertightError `INVALID_OPTION` */
export function serviceSettings(options: ServiceOptions): ServiceSettings {
  refuseUnknown('a service', options, KNOWN)
  const pool = requirePositiveInteger('pool', options.pool)
  const queue = wholeOrInfinite('queue', options.queue ?? Infinity, 0)
  const memoryLimit = wholeOrInfinite('memoryLimit', options.memoryLimit ?? Infinity, 1)
  const { handler } = options
  if (handler !== undefined && typeof handler !== 'function') throw invalidOption('handler', handler, 'a function')
  return {
    instances: requirePositiveInteger('instances', options.instances ?? 1),
    pool,
    serviceTime: requireLaw('serviceTime', options.serviceTime),
    handler,
    queue,
    order: requireOneOf('order', options.order ?? 'fifo', ['fifo', 'lifo']),
    codel: codelSettings(options.codel),
    balancing: requireOneOf('balancing', options.balancing ?? 'round-robin', BALANCINGS),
    memoryLimit,
    slowdown: slowdown(options.slowdown, memoryLimit === Infinity ? pool + queue : memoryLimit),
    restartMs: toMilliseconds('restart', options.restart ?? '30s', { infinite: true }),
    warmUp: warmUp(options.warmUp ?? 0),
    refusalMs: toMilliseconds('refusal', options.refusal ?? '1ms'),
    abandoned: requireOneOf('abandoned', options.abandoned ?? 'served', ['served', 'stopped']),
    dropExpired: trueOrFalse('dropExpired', options.dropExpired ?? false),
    errorRate: requireBetween('errorRate', options.errorRate ?? 0, 0, 1),
  }
}

/** @throws WatertightError `INVALID_OPTION` unless `law` is one. */
export function requireLaw(option: string, law: Law): Law {
  if (typeof law?.sample === 'function') return law
  throw invalidOption(option, law, "a law of time, such as constant('5ms') or lognormal({ mean: '100ms', cv: 1 })")
}

function trueOrFalse(option: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value
  throw invalidOption(option, value, 'true or false')
}

function codelSettings(given: ServiceOptions['codel']): ServiceSettings['codel'] {
  if (given === undefined) return undefined
  refuseUnknown('codel', given, ['target', 'interval'])
  return {
    targetMs: toMilliseconds('codel.target', given.target, { positive: true }),
    intervalMs: toMilliseconds('codel.interval', given.interval, { positive: true }),
  }
}

function slowdown(given: ServiceOptions['slowdown'], full: number): ServiceSettings['slowdown'] {
  if (given === undefined) return undefined
  refuseUnknown('slowdown', given, ['above', 'by'])
  if (full === Infinity) {
    throw invalidOption('slowdown', given, 'left out where neither memoryLimit nor queue says when an instance is full')
  }
  const above = requireBetween('slowdown.above', given.above, 0, 1)
  if (above === 1) throw invalidOption('slowdown.above', above, 'below 1')
  return { above, by: requireBetween('slowdown.by', given.by, 0, Number.MAX_VALUE), full }
}

function warmUp(given: NonNullable<ServiceOptions['warmUp']>): ServiceSettings['warmUp'] {
  if (typeof given !== 'object') return { ms: toMilliseconds('warmUp', given), speed: 0.5 }
  refuseUnknown('warmUp', given, ['for', 'speed'])
  return { ms: toMilliseconds('warmUp.for', given.for), speed: requirePositive('warmUp.speed', given.speed) }
}

function wholeOrInfinite(option: string, value: number, min: number): number {
  return value === Infinity ? value : requireInteger(option, value, min)
}
