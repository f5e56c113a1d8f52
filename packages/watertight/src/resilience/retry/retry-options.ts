import type { Duration } from '../../runtime/duration.ts'
import { invalidOption } from '../../runtime/option.ts'
import { callback, type Check, count, duration, flag, settingsOf } from '../../runtime/option-checks.ts'
import type { Backoff } from './backoff.ts'
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
  readonly budget?: RetryBudgetOptions | RetryBudget | undefined
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

const BACKOFF: Backoff = { kind: 'exponential', base: 100, max: 10_000, factor: 2, jitter: 'full' }

/** @throws WatertightError `INVALID_OPTION` */
export function retrySettings(options: RetryOptions): RetrySettings {
  return settingsOf<RetrySettings>('retry', options, {
    attempts: count(3),
    backoff,
    maxElapsedMs: duration(Infinity, { infinite: true }),
    budget: budgetOf,
    handle: callback(),
    handleResult: callback(),
    retryOpenCircuit: flag(false),
    maxRetryAfterMs: duration('30s', { infinite: true }),
  })
}

const backoff: Check<Backoff> = (option, given = BACKOFF) => {
  if (typeof given === 'object') return given as Backoff
  throw invalidOption(option, given, "one of immediate(), fixed('1s'), exponential({ base: '100ms' }) …")
}

/** A budget of its own, or one that is shared. */
export const budgetOf: Check<RetryBudget | undefined> = (_, given) =>
  given === undefined || given instanceof RetryBudget ? given : new RetryBudget(given as RetryBudgetOptions)
