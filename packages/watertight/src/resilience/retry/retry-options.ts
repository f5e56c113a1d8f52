import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption, refuseUnknown, requirePositiveInteger } from '../../runtime/option.ts'
import { type Backoff, exponential } from './backoff.ts'
import { RetryBudget, type RetryBudgetOptions } from './budget.ts'

/** When to try again, how often, and how long to wait between. */
export interface RetryOptions {
  /** All tries, the first included: 1 never tries again. Default: 3. */
  readonly attempts?: number
  /** How long to wait before each further try. Default: exponential from 100 ms, twice as long each time, at most 10 s, full jitter. */
  readonly backoff?: Backoff
  /** No further try begins later than this after the first one began. Default: no limit. */
  readonly maxElapsed?: Duration
  /** Retries as a share of calls, own or shared. Without one, what is `overloaded` is not tried again. Default: none. */
  readonly budget?: RetryBudgetOptions | RetryBudget
  /**
   * Whether this error is worth another try. Default: all but those a `WatertightError` calls not retryable; errors that
   * are `ignored` (4xx) are asked for only here.
   */
  readonly handle?: (error: unknown) => boolean
  /** Whether this result is a failure. Default: none is. */
  readonly handleResult?: (value: unknown) => boolean
  /** Try again when an inner circuit refuses as well. Default: false. */
  readonly retryOpenCircuit?: boolean
  /** A longer wait that the other side asks for means giving up at once. Default: `'30s'`. */
  readonly maxRetryAfter?: Duration
  readonly name?: string
}

/** Checked options. */
export interface RetrySettings {
  readonly attempts: number
  readonly backoff: Backoff
  readonly maxElapsedMs: number
  readonly budget: RetryBudget | undefined
  readonly handle: ((error: unknown) => boolean) | undefined
  readonly handleResult: ((value: unknown) => boolean) | undefined
  readonly retryOpenCircuit: boolean
  readonly maxRetryAfterMs: number
}

const KNOWN = [
  'attempts',
  'backoff',
  'maxElapsed',
  'budget',
  'handle',
  'handleResult',
  'retryOpenCircuit',
  'maxRetryAfter',
  'name',
] as const

/** Checks options; what is not given comes from `before`. @throws WatertightError `INVALID_OPTION` */
export function retrySettings(options: RetryOptions, before?: RetrySettings): RetrySettings {
  refuseUnknown('retry', options, KNOWN)
  const { attempts, backoff, maxElapsed, budget, maxRetryAfter } = options
  if (backoff !== undefined && typeof backoff !== 'object') {
    throw invalidOption('backoff', backoff, "one of immediate(), fixed('1s'), exponential({ base: '100ms' }) …")
  }
  return {
    attempts: attempts === undefined ? (before?.attempts ?? 3) : requirePositiveInteger('attempts', attempts),
    backoff: backoff ?? before?.backoff ?? exponential({ base: 100, max: '10s' }),
    maxElapsedMs: toMilliseconds('maxElapsed', maxElapsed ?? before?.maxElapsedMs ?? Infinity, { infinite: true }),
    budget: budget === undefined ? before?.budget : budget instanceof RetryBudget ? budget : new RetryBudget(budget),
    handle: options.handle ?? before?.handle,
    handleResult: options.handleResult ?? before?.handleResult,
    retryOpenCircuit: options.retryOpenCircuit ?? before?.retryOpenCircuit ?? false,
    maxRetryAfterMs: toMilliseconds('maxRetryAfter', maxRetryAfter ?? before?.maxRetryAfterMs ?? '30s', {
      infinite: true,
    }),
  }
}
