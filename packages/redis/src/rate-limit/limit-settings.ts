import {
  type Call,
  type Duration,
  invalidOption,
  refuseUnknown,
  requireInteger,
  requireOneOf,
  requirePositiveInteger,
  requireText,
  toMilliseconds,
} from 'watertight'

/** How many calls all processes together let through, and what holds while Redis cannot be asked. */
export interface SharedRateLimitOptions {
  /** Calls, or their cost, in each `per`. */
  readonly limit: number
  /** The time in which `limit` fits. Default: `'1s'`. */
  readonly per?: Duration
  /**
   * `'gcra'`: a steady rate that lets a burst through after a pause: in any span t at most `burst + t * limit / per`.
   * `'sliding-window'`: at most `limit` in any `per`. Default: `'gcra'`.
   */
  readonly algorithm?: 'gcra' | 'sliding-window'
  /** What may come at once after a pause; only for `'gcra'`. Default: `limit`. */
  readonly burst?: number
  /** Counters for each `per`: the more, the sharper; only for `'sliding-window'`. Default: 20. */
  readonly slices?: number
  /** What a call takes of the limit. Default: 1. */
  readonly cost?: number | ((call: Call) => number)
  /** Calls with different texts have different limits; `'key'`: by `call.key`. Default: one limit for all. */
  readonly by?: 'key' | ((call: Call) => string)
  /** How long a call may wait for its turn, which is reserved for it; only for `'gcra'`. Default: 0, it is refused at once. */
  readonly maxWait?: Duration
  /**
   * While Redis cannot be asked: `'local'`: each process lets its share through; `'allow'`: everything. Nothing is refused or
   * kept waiting because Redis is gone. Default: `'local'`.
   */
  readonly withoutRedis?: 'local' | 'allow'
  /** Into how many shares the limit is divided for `'local'`: the processes there are at least. Default: 1. */
  readonly processes?: number
  /** Local limits that are remembered at once; the least recently used are forgotten first. Default: 10,000. */
  readonly maxKeys?: number
  /** What the limit is called in Redis: the same for all who share it. Default: names of pipeline and policy. */
  readonly id?: string
  /** Begins all keys in Redis. Default: `'watertight'`. */
  readonly prefix?: string
  readonly name?: string
}

/** Checked options. */
export interface LimitSettings {
  readonly limit: number
  readonly perMs: number
  readonly algorithm: 'gcra' | 'sliding-window'
  readonly burst: number
  readonly slices: number
  readonly cost: number | ((call: Call) => number)
  readonly by?: 'key' | ((call: Call) => string)
  readonly maxWaitMs: number
  readonly withoutRedis: 'local' | 'allow'
  readonly processes: number
  readonly maxKeys: number
  readonly id: string | undefined
  readonly prefix: string
}

const KNOWN = [
  'limit',
  'per',
  'algorithm',
  'burst',
  'slices',
  'cost',
  'by',
  'maxWait',
  'withoutRedis',
  'processes',
  'maxKeys',
  'id',
  'prefix',
  'name',
] as const

const MICROSECONDS = 1_000
/** Fields of one hash: Lua takes no more arguments than about that. */
const MOST_SLICES = 1_000

/** @throws WatertightError `INVALID_OPTION` */
export function limitSettings(options: SharedRateLimitOptions): LimitSettings {
  refuseUnknown('sharedRateLimit', options, KNOWN)
  const { burst, slices, cost = 1, by, id, prefix = 'watertight' } = options
  const algorithm = requireOneOf('algorithm', options.algorithm ?? 'gcra', ['gcra', 'sliding-window'])
  const limit = requirePositiveInteger('limit', options.limit)
  const perMs = toMilliseconds('per', options.per ?? '1s', { positive: true })
  const maxWaitMs = toMilliseconds('maxWait', options.maxWait ?? 0)
  if (algorithm === 'gcra' && slices !== undefined) throw invalidOption('slices', slices, "left out: 'gcra' has none")
  if (algorithm !== 'gcra' && burst !== undefined)
    throw invalidOption('burst', burst, `left out: '${algorithm}' has none`)
  if (algorithm !== 'gcra' && maxWaitMs > 0)
    throw invalidOption('maxWait', maxWaitMs, `0: '${algorithm}' reserves nothing`)
  const capacity = algorithm === 'gcra' ? requirePositiveInteger('burst', burst ?? limit) : limit
  // What the script reckons with, in whole numbers, has to be exact.
  if (!Number.isSafeInteger(Math.ceil(capacity * perMs * MICROSECONDS + maxWaitMs * MICROSECONDS * limit))) {
    throw invalidOption('per', perMs, 'shorter, or the limit smaller: their product is too large to be exact')
  }
  if (typeof cost === 'number') requireInteger('cost', cost, 0, capacity)
  return {
    limit,
    perMs,
    algorithm,
    burst: capacity,
    slices: requireInteger('slices', slices ?? 20, 1, MOST_SLICES),
    cost,
    ...(by !== undefined && { by }),
    maxWaitMs,
    withoutRedis: requireOneOf('withoutRedis', options.withoutRedis ?? 'local', ['local', 'allow']),
    processes: requirePositiveInteger('processes', options.processes ?? 1),
    maxKeys: requirePositiveInteger('maxKeys', options.maxKeys ?? 10_000),
    id: id === undefined ? undefined : requireText('id', id),
    prefix: requireText('prefix', prefix),
  }
}

/** Length of the period in whole microseconds, as the scripts reckon; rounded up, so that the limit is never exceeded. */
export function periodOf({ perMs }: LimitSettings): number {
  return Math.ceil(perMs * MICROSECONDS)
}
