import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption, requireBetween, requirePositiveInteger } from '../../runtime/option.ts'
import {
  callback,
  type Check,
  count,
  duration,
  limit,
  oneOf,
  optional,
  settingsOf,
  span,
} from '../../runtime/option-checks.ts'
import type { Backoff } from '../retry/backoff.ts'

/**
 * `'normal'`; `'isolated'`: open until told otherwise; `'disabled'`: closed, and counting nothing; `'metrics-only'`: counts and
 * tells that it would have opened, but refuses nobody.
 */
export type BreakerMode = 'normal' | 'isolated' | 'disabled' | 'metrics-only'

/** What a computed `openFor` is told. */
export interface Opening {
  /** Openings since it was last closed: 1 for the first. */
  readonly openings: number
  readonly calls: number
  readonly failures: number
}

/** When a circuit opens, for how long, and how it closes again. */
export interface CircuitBreakerOptions {
  /** Opens after this many failures in a row. Default: not looked at when `failureRate` or `slowCallRate` is given, else 5. */
  readonly failures?: number
  /** Opens when at least this share of the calls in the window failed, above 0 up to 1. Default: not looked at. */
  readonly failureRate?: number
  /** Opens when at least this share of the calls in the window was slow, above 0 up to 1. Default: not looked at. */
  readonly slowCallRate?: number
  /** A call that runs this long is slow. Needed by `slowCallRate`. */
  readonly slowCall?: Duration
  /** A number: the last so many calls. A text such as `'10s'`: the calls of that time. Default: 100 calls. */
  readonly window?: number | Exclude<Duration, number>
  /** Rates mean nothing before the window has seen this many. Default: 10, or the whole count window if that is smaller. */
  readonly minimumCalls?: number
  /** How long it stays open: the same each time, growing by a backoff, or computed in milliseconds. Default: `'30s'`. */
  readonly openFor?: Duration | Backoff | ((opening: Opening) => number)
  /** Calls let through at once to try whether the dependency is back. Default: 1. */
  readonly halfOpenCalls?: number
  /** Successes needed to close. Default: `halfOpenCalls`. One failure opens it again. */
  readonly successThreshold?: number
  /** Opens again when the probes have not decided in this time. Default: `'60s'`. */
  readonly halfOpenMaxWait?: Duration
  /** After closing, lets through a share that grows from a tenth to all in this time. Default: 0, all at once. */
  readonly rampUp?: Duration
  /** Whether it decides by itself, or an operator does. Default: `'normal'`. */
  readonly mode?: BreakerMode
  /** Whether this error is a failure of the dependency. Default: all but those that are `ignored` (4xx). */
  readonly handle?: (error: unknown) => boolean
  /** Whether this result is a failure. Default: none is. */
  readonly handleResult?: (value: unknown) => boolean
  readonly name?: string
}

/** Checked options. */
export interface BreakerSettings {
  readonly failures: number | undefined
  readonly failureRate: number | undefined
  readonly slowCallRate: number | undefined
  readonly slowCallMs: number
  readonly window: number | Exclude<Duration, number>
  readonly minimumCalls: number
  readonly openFor: number | Backoff | ((opening: Opening) => number)
  readonly halfOpenCalls: number
  readonly successThreshold: number
  readonly halfOpenMaxWaitMs: number
  readonly rampUpMs: number
  readonly mode: BreakerMode
  readonly handle: ((error: unknown) => boolean) | undefined
  readonly handleResult: ((value: unknown) => boolean) | undefined
}

const FAILURES_IN_A_ROW = 5
const MINIMUM_CALLS = 10

/** @throws WatertightError `INVALID_OPTION` */
export function breakerSettings(options: CircuitBreakerOptions): BreakerSettings {
  const { failureRate, slowCallRate, slowCall, window = 100, halfOpenCalls = 1 } = options
  const byRate = failureRate !== undefined || slowCallRate !== undefined
  const calls = typeof window === 'number' ? window : Infinity
  const settings = settingsOf<BreakerSettings>('circuitBreaker', options, {
    failures: byRate ? optional(count()) : count(FAILURES_IN_A_ROW),
    failureRate: share,
    slowCallRate: share,
    slowCallMs: limit(Infinity),
    window: (option) => {
      if (typeof window === 'number') requirePositiveInteger(option, window)
      else toMilliseconds(option, window, { positive: true })
      return window
    },
    minimumCalls: count(Math.min(MINIMUM_CALLS, calls)),
    openFor: openFor,
    halfOpenCalls: count(1),
    successThreshold: count(halfOpenCalls),
    halfOpenMaxWaitMs: span('60s'),
    rampUpMs: duration(0),
    mode: oneOf<BreakerMode>('normal', 'isolated', 'disabled', 'metrics-only'),
    handle: callback(),
    handleResult: callback(),
  })
  if (slowCallRate !== undefined && slowCall === undefined) {
    throw invalidOption('slowCall', slowCall, "given with slowCallRate, such as '2s'")
  }
  if (byRate && settings.minimumCalls > calls) {
    throw invalidOption('minimumCalls', settings.minimumCalls, `at most the ${calls} calls of the window`)
  }
  return settings
}

const openFor: Check<BreakerSettings['openFor']> = (option, given) =>
  typeof given === 'object' || typeof given === 'function'
    ? (given as BreakerSettings['openFor'])
    : duration('30s')(option, given)

/** Above 0: at 0 it would open without a failure. */
const share: Check<number | undefined> = (option, given) => {
  if (given === 0) throw invalidOption(option, given, 'above 0 and at most 1')
  return given === undefined ? undefined : requireBetween(option, given as number, 0, 1)
}
