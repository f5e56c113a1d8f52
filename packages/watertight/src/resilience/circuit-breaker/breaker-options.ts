import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import {
  invalidOption,
  refuseUnknown,
  requireBetween,
  requireOneOf,
  requirePositiveInteger,
} from '../../runtime/option.ts'
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

const KNOWN = [
  'failures',
  'failureRate',
  'slowCallRate',
  'slowCall',
  'window',
  'minimumCalls',
  'openFor',
  'halfOpenCalls',
  'successThreshold',
  'halfOpenMaxWait',
  'rampUp',
  'mode',
  'handle',
  'handleResult',
  'name',
] as const

const MODES: readonly BreakerMode[] = ['normal', 'isolated', 'disabled', 'metrics-only']
const FAILURES_IN_A_ROW = 5

/** @throws WatertightError `INVALID_OPTION` */
export function breakerSettings(options: CircuitBreakerOptions): BreakerSettings {
  refuseUnknown('circuitBreaker', options, KNOWN)
  const { failureRate, slowCallRate, slowCall, window = 100, openFor = '30s', halfOpenCalls = 1, rampUp = 0 } = options
  const byRate = failureRate !== undefined || slowCallRate !== undefined
  const failures = options.failures ?? (byRate ? undefined : FAILURES_IN_A_ROW)
  if (slowCallRate !== undefined && slowCall === undefined) {
    throw invalidOption(
      'slowCall',
      slowCall,
      "given with slowCallRate: the time from which on a call is slow, such as '2s'",
    )
  }
  if (typeof window === 'number') requirePositiveInteger('window', window)
  else toMilliseconds('window', window, { positive: true })
  const minimumCalls = options.minimumCalls ?? (typeof window === 'number' ? Math.min(10, window) : 10)
  if (typeof window === 'number' && byRate && minimumCalls > window) {
    throw invalidOption('minimumCalls', minimumCalls, `at most the ${window} calls of the window, or it never opens`)
  }
  return {
    failures: failures === undefined ? undefined : requirePositiveInteger('failures', failures),
    failureRate: share('failureRate', failureRate),
    slowCallRate: share('slowCallRate', slowCallRate),
    slowCallMs: slowCall === undefined ? Infinity : toMilliseconds('slowCall', slowCall, { positive: true }),
    window,
    minimumCalls: requirePositiveInteger('minimumCalls', minimumCalls),
    openFor:
      typeof openFor === 'object' || typeof openFor === 'function' ? openFor : toMilliseconds('openFor', openFor),
    halfOpenCalls: requirePositiveInteger('halfOpenCalls', halfOpenCalls),
    successThreshold: requirePositiveInteger('successThreshold', options.successThreshold ?? halfOpenCalls),
    halfOpenMaxWaitMs: toMilliseconds('halfOpenMaxWait', options.halfOpenMaxWait ?? '60s', { positive: true }),
    rampUpMs: toMilliseconds('rampUp', rampUp),
    mode: requireOneOf('mode', options.mode ?? 'normal', MODES),
    handle: options.handle,
    handleResult: options.handleResult,
  }
}

function share(option: string, value: number | undefined): number | undefined {
  if (value === undefined) return undefined
  if (value === 0) throw invalidOption(option, value, 'above 0 and at most 1: at 0 it opens without a failure')
  return requireBetween(option, value, 0, 1)
}
