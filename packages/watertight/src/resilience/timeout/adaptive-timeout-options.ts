import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption } from '../../runtime/option.ts'
import {
  between,
  type Check,
  count,
  duration,
  fraction,
  oneOf,
  optional,
  settingsOf,
  span,
} from '../../runtime/option-checks.ts'
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

const WARM_UP = 50
const FLOOR_MS = 10

/** @throws WatertightError `INVALID_OPTION` */
export function adaptiveTimeoutSettings(options: AdaptiveTimeoutOptions): AdaptiveTimeoutSettings {
  const { factor, ceiling = '30s' } = options
  const ceilingMs = toMilliseconds('ceiling', ceiling, { positive: true })
  const settings = settingsOf<Omit<AdaptiveTimeoutSettings, 'initialMs'> & { readonly initialMs: number | undefined }>(
    'adaptiveTimeout',
    options,
    {
      quantile: fraction(0.99),
      factor: between(2, 1, 1_000),
      floorMs: span(Math.min(FLOOR_MS, ceilingMs)),
      ceilingMs: span(ceilingMs),
      steps: optional(staircase),
      windowMs: span('60s'),
      warmUp: count(WARM_UP),
      initialMs: optional(span()),
      mode: oneOf('abandoning', 'cooperative'),
      abandonedHoldMs: duration('30s'),
    },
  )
  const { steps, floorMs, initialMs = steps?.at(-1)?.afterMs ?? ceilingMs } = settings
  if (steps !== undefined && factor !== undefined) {
    throw invalidOption('factor', factor, 'left out where steps say what the limit is')
  }
  if (ceilingMs < floorMs) throw invalidOption('ceiling', ceiling, `at least the floor of ${floorMs} ms`)
  return { ...settings, initialMs }
}

/** The limit for a quantile of `estimateMs`; undefined: not known yet. */
export function limitFor(settings: AdaptiveTimeoutSettings, estimateMs: number | undefined): number {
  if (estimateMs === undefined) return settings.initialMs
  const { steps, factor, floorMs, ceilingMs } = settings
  if (steps === undefined) return Math.min(ceilingMs, Math.max(floorMs, estimateMs * factor))
  return steps.find(({ underMs }) => estimateMs < underMs)?.afterMs ?? settings.initialMs
}

const staircase: Check<readonly Step[]> = (option, given) => {
  const wrong = invalidOption(option, given, 'a list whose last step has no under')
  if (!Array.isArray(given) || given.length === 0) throw wrong
  const steps: readonly TimeoutStep[] = given
  let before = 0
  return steps.map(({ under, after }, at) => {
    const step = `${option}[${at}]`
    const last = at === steps.length - 1
    const underMs = last && under === undefined ? Infinity : span()(`${step}.under`, under)
    const afterMs = span()(`${step}.after`, after)
    if (underMs <= before) throw invalidOption(`${step}.under`, underMs, `above the ${before} ms of the step before`)
    if (last !== (underMs === Infinity)) throw wrong
    if (!last && afterMs < underMs) throw invalidOption(`${step}.after`, afterMs, `at least its under of ${underMs} ms`)
    before = underMs
    return { underMs, afterMs }
  })
}
