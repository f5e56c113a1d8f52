import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import {
  invalidOption,
  refuseUnknown,
  requireBetween,
  requireOneOf,
  requirePositiveInteger,
} from '../../runtime/option.ts'
import type { LearningSettings } from '../quantile/learned-duration.ts'

/** One step of a staircase: below which duration which limit holds. */
export interface TimeoutStep {
  /** Holds while the quantile is below this. Left out of the last step only: it holds above all others. */
  readonly under?: Duration
  /** The limit. */
  readonly after: Duration
}

/** How a time limit follows what calls took of late. */
export interface AdaptiveTimeoutOptions {
  /** Which of the recent durations it goes by, above 0 and below 1. Default: 0.99. */
  readonly quantile?: number
  /** The limit is so many times the quantile, at least 1. Default: 2. Not with `steps`. */
  readonly factor?: number
  /** Never shorter. Default: `'10ms'`, or the ceiling if that is less. */
  readonly floor?: Duration
  /** Never longer. Default: `'30s'`. */
  readonly ceiling?: Duration
  /** Instead of `factor`: limits by steps of the quantile, rising. */
  readonly steps?: readonly TimeoutStep[]
  /** How far back it looks. Default: `'60s'`. */
  readonly window?: Duration
  /** Until so many durations are in the window, the limit is `initial`. Default: 50. */
  readonly warmUp?: number
  /** The limit until enough is known. Default: the ceiling, or the limit of the last step. */
  readonly initial?: Duration
  /** See {@link TimeoutOptions.mode}. Default: `'abandoning'`. */
  readonly mode?: 'abandoning' | 'cooperative'
  /** See {@link TimeoutOptions.abandonedHold}. Default: `'30s'`. */
  readonly abandonedHold?: Duration
  readonly name?: string
}

interface Step {
  /** Milliseconds; infinite in the last step. */
  readonly underMs: number
  readonly afterMs: number
}

/** Checked options. */
export interface AdaptiveTimeoutSettings extends LearningSettings {
  readonly factor: number
  readonly floorMs: number
  readonly ceilingMs: number
  readonly steps: readonly Step[] | undefined
  readonly initialMs: number
  readonly mode: 'abandoning' | 'cooperative'
  readonly abandonedHoldMs: number
}

const KNOWN = [
  'quantile',
  'factor',
  'floor',
  'ceiling',
  'steps',
  'window',
  'warmUp',
  'initial',
  'mode',
  'abandonedHold',
  'name',
] as const

const WARM_UP = 50
const FLOOR_MS = 10

/** @throws WatertightError `INVALID_OPTION` */
export function adaptiveTimeoutSettings(options: AdaptiveTimeoutOptions): AdaptiveTimeoutSettings {
  refuseUnknown('adaptiveTimeout', options, KNOWN)
  const { factor, ceiling = '30s', mode = 'abandoning', abandonedHold = '30s' } = options
  const steps = options.steps === undefined ? undefined : staircase(options.steps)
  if (steps !== undefined && factor !== undefined) {
    throw invalidOption('factor', factor, 'left out where steps say what the limit is')
  }
  const ceilingMs = toMilliseconds('ceiling', ceiling, { positive: true })
  const floorMs = toMilliseconds('floor', options.floor ?? Math.min(FLOOR_MS, ceilingMs), { positive: true })
  if (ceilingMs < floorMs) throw invalidOption('ceiling', ceiling, `at least the floor of ${floorMs} ms`)
  return {
    quantile: learnable('quantile', options.quantile ?? 0.99),
    factor: requireBetween('factor', factor ?? 2, 1, 1_000),
    floorMs,
    ceilingMs,
    steps,
    windowMs: toMilliseconds('window', options.window ?? '60s', { positive: true }),
    warmUp: requirePositiveInteger('warmUp', options.warmUp ?? WARM_UP),
    initialMs: toMilliseconds('initial', options.initial ?? steps?.at(-1)?.afterMs ?? ceilingMs, { positive: true }),
    mode: requireOneOf('mode', mode, ['abandoning', 'cooperative']),
    abandonedHoldMs: toMilliseconds('abandonedHold', abandonedHold),
  }
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is above 0 and below 1. */
export function learnable(option: string, value: number): number {
  if (!(value > 0 && value < 1)) throw invalidOption(option, value, 'a number above 0 and below 1, such as 0.99')
  return value
}

/** The limit for a quantile of `estimateMs`; undefined: not known yet. */
export function limitFor(settings: AdaptiveTimeoutSettings, estimateMs: number | undefined): number {
  if (estimateMs === undefined) return settings.initialMs
  const { steps, factor, floorMs, ceilingMs } = settings
  if (steps === undefined) return Math.min(ceilingMs, Math.max(floorMs, estimateMs * factor))
  return steps.find(({ underMs }) => estimateMs < underMs)?.afterMs ?? settings.initialMs
}

function staircase(steps: readonly TimeoutStep[]): readonly Step[] {
  const checked = steps.map(({ under, after }, at) => ({
    underMs:
      under === undefined && at === steps.length - 1
        ? Infinity
        : toMilliseconds(`steps[${at}].under`, under ?? Number.NaN, { positive: true }),
    afterMs: toMilliseconds(`steps[${at}].after`, after, { positive: true }),
  }))
  const last = checked.at(-1)
  if (last?.underMs !== Infinity) {
    throw invalidOption('steps', steps, 'a list whose last step has no under: the limit above all others')
  }
  for (const [at, { underMs, afterMs }] of checked.entries()) {
    const before = checked[at - 1]
    if (before !== undefined && underMs <= before.underMs) {
      throw invalidOption(`steps[${at}].under`, underMs, `above the ${before.underMs} ms of the step before`)
    }
    if (underMs !== Infinity && afterMs < underMs) {
      throw invalidOption(
        `steps[${at}].after`,
        afterMs,
        `at least its under of ${underMs} ms, or most calls would not end`,
      )
    }
  }
  return checked
}
