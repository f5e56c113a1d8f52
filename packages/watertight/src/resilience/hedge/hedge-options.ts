import type { Duration } from '../../runtime/duration.ts'
import { invalidOption } from '../../runtime/option.ts'
import { count, fraction, limit, settingsOf, span } from '../../runtime/option-checks.ts'
import type { LearningSettings } from '../quantile/learned-duration.ts'
import type { RetryBudget, RetryBudgetOptions } from '../retry/budget.ts'
import { budgetOf } from '../retry/retry-options.ts'

/** A delay that follows what calls took of late. */
export interface LiveDelay {
  /** Which of the recent durations, above 0 and below 1: 0.95 hedges one call in twenty. */
  readonly quantile: number
  /** The delay until enough durations are known. Default: none, nothing is hedged until then. */
  readonly initial?: Duration
  /** Never shorter. Default: `'1ms'`. */
  readonly floor?: Duration
  /** Never longer. Default: no bound. */
  readonly ceiling?: Duration
  /** How far back it looks. Default: `'60s'`. */
  readonly window?: Duration
  /** So many durations are enough. Default: 50. */
  readonly warmUp?: number
}

/** When to ask again without waiting for the first answer. */
export interface HedgeOptions {
  /** How long the latest try may be on its way before another one sets out. */
  readonly after: Duration | LiveDelay
  /** Further tries beside the first, at most. Default: 1. */
  readonly hedges?: number
  /** Declares that the call can be executed several times with the effect of one. Needed. */
  readonly idempotent: true
  /** Hedges as a share of calls, own or shared with retries and other pipelines. Default: `{ ratio: 0.1 }`. */
  readonly budget?: RetryBudgetOptions | RetryBudget | undefined
  readonly name?: string
}

/** A checked {@link LiveDelay}. */
export interface LiveDelaySettings extends LearningSettings {
  readonly initialMs: number
  readonly floorMs: number
  readonly ceilingMs: number
}

/** Checked options. */
export interface HedgeSettings {
  readonly after: number | LiveDelaySettings
  readonly hedges: number
  readonly idempotent: true
  readonly budget: RetryBudget
}

/** @throws WatertightError `INVALID_OPTION` */
export function hedgeSettings(options: HedgeOptions): HedgeSettings {
  return settingsOf<HedgeSettings>('hedge', options, {
    after: (option, given) => (typeof given === 'object' && given !== null ? liveDelay(given) : span()(option, given)),
    hedges: count(1),
    idempotent: (option, given) => {
      if (given === true) return given
      throw invalidOption(option, given, 'true: a hedge executes the call twice')
    },
    budget: (option, given = {}) => budgetOf(option, given) as RetryBudget,
  })
}

function liveDelay(after: object): LiveDelaySettings {
  const settings = settingsOf<LiveDelaySettings>(
    'hedge.after',
    after,
    {
      quantile: fraction(),
      initialMs: limit(Infinity),
      floorMs: span(1),
      ceilingMs: limit(Infinity),
      windowMs: span('60s'),
      warmUp: count(50),
    },
    'after',
  )
  const { floorMs, ceilingMs } = settings
  if (ceilingMs < floorMs) throw invalidOption('after.ceiling', ceilingMs, `at least the floor of ${floorMs} ms`)
  return settings
}
