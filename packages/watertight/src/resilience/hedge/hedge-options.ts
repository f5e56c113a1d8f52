import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption, refuseUnknown, requirePositiveInteger } from '../../runtime/option.ts'
import type { LearningSettings } from '../quantile/learned-duration.ts'
import { RetryBudget, type RetryBudgetOptions } from '../retry/budget.ts'
import { learnable } from '../timeout/adaptive-timeout-options.ts'

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
  readonly budget?: RetryBudgetOptions | RetryBudget
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

const RATIO = 0.1

/** Checks options; what is not given comes from `before`. @throws WatertightError `INVALID_OPTION` */
export function hedgeSettings(options: Partial<HedgeOptions>, before?: HedgeSettings): HedgeSettings {
  refuseUnknown('hedge', options, ['after', 'hedges', 'idempotent', 'budget', 'name'])
  const { after, hedges, idempotent = before?.idempotent, budget } = options
  if (idempotent !== true) {
    const why = 'true: a hedge executes the call twice, so say that doing it twice has the effect of doing it once'
    throw invalidOption('idempotent', idempotent, why)
  }
  return {
    after: after === undefined && before !== undefined ? before.after : delay(after),
    hedges: hedges === undefined ? (before?.hedges ?? 1) : requirePositiveInteger('hedges', hedges),
    idempotent,
    budget:
      budget instanceof RetryBudget
        ? budget
        : budget === undefined && before !== undefined
          ? before.budget
          : new RetryBudget(budget ?? { ratio: RATIO }),
  }
}

function delay(after: Duration | LiveDelay | undefined): number | LiveDelaySettings {
  if (typeof after !== 'object') return toMilliseconds('after', after ?? Number.NaN, { positive: true })
  refuseUnknown('hedge.after', after, ['quantile', 'initial', 'floor', 'ceiling', 'window', 'warmUp'])
  const floorMs = toMilliseconds('after.floor', after.floor ?? 1, { positive: true })
  const ceilingMs = toMilliseconds('after.ceiling', after.ceiling ?? Infinity, { positive: true, infinite: true })
  if (ceilingMs < floorMs) throw invalidOption('after.ceiling', after.ceiling, `at least the floor of ${floorMs} ms`)
  return {
    quantile: learnable('after.quantile', after.quantile),
    initialMs: toMilliseconds('after.initial', after.initial ?? Infinity, { positive: true, infinite: true }),
    floorMs,
    ceilingMs,
    windowMs: toMilliseconds('after.window', after.window ?? '60s', { positive: true }),
    warmUp: requirePositiveInteger('after.warmUp', after.warmUp ?? 50),
  }
}
