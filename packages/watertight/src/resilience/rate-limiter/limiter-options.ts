import type { Duration } from '../../runtime/duration.ts'
import { invalidOption } from '../../runtime/option.ts'
import { count, duration, oneOf, settingsOf, span, whole } from '../../runtime/option-checks.ts'
import type { Call } from '../call.ts'
import type { KeyedOptions } from '../keyed/keyed-options.ts'

/**
 * How a limit counts; what each promises stands with its class.
 * - `'token-bucket'`, `'gcra'`: a steady rate that lets a burst through after a pause. They decide alike; GCRA remembers less.
 * - `'fixed-window'`: so many in each window, which the first call opens.
 * - `'refresh-period'`: so many permits in each period of the clock.
 * - `'sliding-log'`: so many in any span, to the letter; remembers every call of it.
 * - `'sliding-counter'`: nearly that, by a few counters.
 */
export type RateAlgorithm =
  | 'token-bucket'
  | 'gcra'
  | 'fixed-window'
  | 'refresh-period'
  | 'sliding-log'
  | 'sliding-counter'

/** How many calls in what time, and whether the others wait or are refused. */
export interface RateLimiterOptions extends Omit<KeyedOptions, 'name'> {
  /** Calls, or their cost, in each `per`. */
  readonly limit: number
  /** The time in which `limit` fits. Default: `'1s'`. */
  readonly per?: Duration
  /** How the limit counts. Default: `'token-bucket'`. */
  readonly algorithm?: RateAlgorithm
  /** What may come at once after a pause; for `'token-bucket'` and `'gcra'`. Default: `limit`. */
  readonly burst?: number | undefined
  /** Counters for each `per`: the more, the sharper; for `'sliding-counter'`. Default: 10. */
  readonly slices?: number | undefined
  /** What a call takes of the limit: a whole number of 0 or more. Default: 1. */
  readonly cost?: number | ((call: Call) => number)
  /** How long a call may wait for its turn; 0: it is refused at once. Default: 0, or no bound when `queue` is given. */
  readonly maxWait?: Duration
  /** Calls that may wait at once. Default: 0, or 1,000 when `maxWait` is given. */
  readonly queue?: number
  readonly name?: string
}

/** Checked options of one limit. */
export interface LimiterSettings {
  readonly limit: number
  readonly perMs: number
  readonly algorithm: RateAlgorithm
  readonly burst: number
  readonly slices: number
  readonly cost: number | ((call: Call) => number)
  readonly maxWaitMs: number
  readonly queue: number
}

const SLICES = 10
const QUEUE = 1_000

/** @throws WatertightError `INVALID_OPTION` */
export function limiterSettings(options: RateLimiterOptions): LimiterSettings {
  const { limit, burst, slices, maxWait, queue } = options
  const settings = settingsOf<LimiterSettings>('rateLimiter', options, {
    limit: count(),
    perMs: span('1s'),
    algorithm: oneOf<RateAlgorithm>(
      'token-bucket',
      'gcra',
      'fixed-window',
      'refresh-period',
      'sliding-log',
      'sliding-counter',
    ),
    burst: count(limit),
    slices: count(SLICES),
    cost: (option, given) =>
      typeof given === 'function' ? (given as LimiterSettings['cost']) : whole(1, 0)(option, given),
    maxWaitMs: duration(queue === undefined ? 0 : Infinity, { infinite: true }),
    queue: whole(maxWait === undefined ? 0 : QUEUE, 0),
  })
  const { algorithm } = settings
  if (burst !== undefined && algorithm !== 'token-bucket' && algorithm !== 'gcra') {
    throw invalidOption('burst', burst, `left out: ${algorithm} has none`)
  }
  if (slices !== undefined && algorithm !== 'sliding-counter') {
    throw invalidOption('slices', slices, `left out: ${algorithm} has none`)
  }
  return settings
}
