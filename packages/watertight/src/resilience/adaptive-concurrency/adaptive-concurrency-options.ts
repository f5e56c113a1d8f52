import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import {
  invalidOption,
  refuseUnknown,
  requireBetween,
  requireInteger,
  requireOneOf,
  requirePositive,
  requirePositiveInteger,
} from '../../runtime/option.ts'
import { learnable } from '../timeout/adaptive-timeout-options.ts'
import { AimdLaw } from './aimd.ts'
import { GradientLaw } from './gradient.ts'
import { Gradient2Law } from './gradient2.ts'
import type { LimitBounds, LimitLaw } from './limit-law.ts'
import { VegasLaw } from './vegas.ts'

/** How the limit is found; see each for where it settles. */
export type LimitAlgorithm = 'aimd' | 'vegas' | 'gradient' | 'gradient2'

/** What every algorithm takes. */
export interface LimitOptions {
  /** The limit at first; `gradient` measures before. Default: 20. */
  readonly initial?: number
  /** Never lower, but while `gradient` measures. Default: 1; 3 for `gradient`. */
  readonly min?: number
  /** Never higher. Default: 1,000. */
  readonly max?: number
  /** Calls that may wait for a free place. Default: 0, none. */
  readonly queue?: number
  /** How long each of them waits at most. Default: until its own limits end it. */
  readonly maxWait?: Duration
  readonly name?: string
}

interface Windowed {
  /** Durations are summed up over this time at least. Default: `'100ms'`. */
  readonly window?: Duration
  /** And over so many calls. Default: 10. */
  readonly minSamples?: number
}

/** See {@link AimdLaw}. */
export interface AimdOptions extends LimitOptions {
  /** By push-back only. */
  readonly algorithm: 'aimd'
  /** Added for each round of answered calls. Default: 1. */
  readonly increase?: number
  /** What push-back multiplies the limit by, above 0 and below 1. Default: 0.9. */
  readonly decrease?: number
  /** An answer that takes this long counts as push-back. Default: none does. */
  readonly slow?: Duration
}

/** See {@link VegasLaw}. */
export interface VegasOptions extends LimitOptions, Windowed {
  /** Against the fastest of late. */
  readonly algorithm: 'vegas'
  /** Waiting at the dependency, in units of log10 of the limit: below it the limit grows. Default: 3. */
  readonly alpha?: number
  /** Above it the limit shrinks. Default: 6. */
  readonly beta?: number
  /** How long the fastest window counts as the time without load. Default: `'60s'`. */
  readonly baseline?: Duration
}

/** See {@link Gradient2Law}. */
export interface Gradient2Options extends LimitOptions, Windowed {
  /** Against a long average. */
  readonly algorithm: 'gradient2'
  /** Calls that may wait at the dependency. Default: 4. */
  readonly queueSize?: number
  /** Slower by less than this factor is not slower. Default: 1.5. */
  readonly tolerance?: number
  /** Share of each new value that is taken over. Default: 0.2. */
  readonly smoothing?: number
  /** Windows that "usual" is averaged over. Default: 600. */
  readonly longWindow?: number
  /** What a window with push-back multiplies the limit by. Default: 0.9. */
  readonly decrease?: number
}

/** See {@link GradientLaw}. */
export interface GradientOptions extends LimitOptions, Windowed {
  /** Against a baseline that is measured with few calls under way. */
  readonly algorithm: 'gradient'
  /** Share by which calls may be slower than without load. Default: 0.25. */
  readonly buffer?: number
  /** Which quantile of durations is compared. Default: 0.5. */
  readonly quantile?: number
  /** How often the duration without load is measured. Default: `'60s'`. */
  readonly probeEvery?: Duration
  /** Up to this share longer, at random. Default: 0.15. */
  readonly probeJitter?: number
  /** The limit while it is measured. Default: 3. */
  readonly probeLimit?: number
  /** Answers that a measurement takes. Default: 50. */
  readonly probeCalls?: number
  /** What a window with push-back multiplies the limit by. Default: 0.9. */
  readonly decrease?: number
}

/** How many calls at once are found out, and by what. */
export type AdaptiveConcurrencyOptions = AimdOptions | VegasOptions | Gradient2Options | GradientOptions

/** Checked options. */
export interface AdaptiveConcurrencySettings {
  readonly algorithm: LimitAlgorithm
  readonly queue: number
  readonly maxWaitMs: number
  /** Those of the algorithm. */
  readonly law: LimitBounds
  /** Makes the algorithm, beginning with this limit. */
  readonly begin: (limit: number | undefined, random: () => number) => LimitLaw
}

const COMMON = ['algorithm', 'initial', 'min', 'max', 'queue', 'maxWait', 'name'] as const
const WINDOWED = ['window', 'minSamples'] as const
const INITIAL = 20
const DECREASE = 0.9

/** @throws WatertightError `INVALID_OPTION` */
export function adaptiveConcurrencySettings(options: AdaptiveConcurrencyOptions): AdaptiveConcurrencySettings {
  requireOneOf('algorithm', options.algorithm, ['aimd', 'vegas', 'gradient', 'gradient2'])
  return {
    algorithm: options.algorithm,
    queue: requireInteger('queue', options.queue ?? 0, 0),
    maxWaitMs: toMilliseconds('maxWait', options.maxWait ?? Infinity, { infinite: true }),
    ...lawOf(options),
  }
}

type Law = Pick<AdaptiveConcurrencySettings, 'law' | 'begin'>

function lawOf(options: AdaptiveConcurrencyOptions): Law {
  switch (options.algorithm) {
    case 'aimd':
      return aimd(options)
    case 'vegas':
      return vegas(options)
    case 'gradient2':
      return gradient2(options)
    case 'gradient':
      return gradient(options)
  }
}

function aimd(options: AimdOptions): Law {
  refuseUnknown('adaptiveConcurrency with aimd', options, [...COMMON, 'increase', 'decrease', 'slow'])
  const law = {
    ...bounds(options, 1),
    increase: requirePositive('increase', options.increase ?? 1),
    decrease: learnable('decrease', options.decrease ?? DECREASE),
    slowMs: toMilliseconds('slow', options.slow ?? Infinity, { positive: true, infinite: true }),
  }
  return { law, begin: (limit) => new AimdLaw({ ...law, initial: limit ?? law.initial }) }
}

function vegas(options: VegasOptions): Law {
  refuseUnknown('adaptiveConcurrency with vegas', options, [...COMMON, ...WINDOWED, 'alpha', 'beta', 'baseline'])
  const alpha = requirePositive('alpha', options.alpha ?? 3)
  const beta = requirePositive('beta', options.beta ?? 6)
  if (beta < alpha) throw invalidOption('beta', beta, `at least the alpha of ${alpha}`)
  const baselineMs = toMilliseconds('baseline', options.baseline ?? '60s', { positive: true })
  const law = { ...bounds(options, 1), ...windowed(options), alpha, beta, baselineMs }
  return { law, begin: (limit) => new VegasLaw({ ...law, initial: limit ?? law.initial }) }
}

function gradient2(options: Gradient2Options): Law {
  const own = ['queueSize', 'tolerance', 'smoothing', 'longWindow', 'decrease']
  refuseUnknown('adaptiveConcurrency with gradient2', options, [...COMMON, ...WINDOWED, ...own])
  const law = {
    ...bounds(options, 1),
    ...windowed(options),
    queueSize: requirePositive('queueSize', options.queueSize ?? 4),
    tolerance: requireBetween('tolerance', options.tolerance ?? 1.5, 1, 1_000),
    smoothing: requireBetween('smoothing', options.smoothing ?? 0.2, 0.001, 1),
    longWindow: requirePositiveInteger('longWindow', options.longWindow ?? 600),
    decrease: learnable('decrease', options.decrease ?? DECREASE),
  }
  return { law, begin: (limit) => new Gradient2Law({ ...law, initial: limit ?? law.initial }) }
}

function gradient(options: GradientOptions): Law {
  const own = ['buffer', 'quantile', 'probeEvery', 'probeJitter', 'probeLimit', 'probeCalls', 'decrease']
  refuseUnknown('adaptiveConcurrency with gradient', options, [...COMMON, ...WINDOWED, ...own])
  const law = {
    ...bounds(options, 3),
    ...windowed(options),
    buffer: requireBetween('buffer', options.buffer ?? 0.25, 0, 100),
    quantile: learnable('quantile', options.quantile ?? 0.5),
    probeEveryMs: toMilliseconds('probeEvery', options.probeEvery ?? '60s', { positive: true }),
    probeJitter: requireBetween('probeJitter', options.probeJitter ?? 0.15, 0, 1),
    probeLimit: requirePositiveInteger('probeLimit', options.probeLimit ?? 3),
    probeCalls: requirePositiveInteger('probeCalls', options.probeCalls ?? 50),
    decrease: learnable('decrease', options.decrease ?? DECREASE),
  }
  return { law, begin: (limit, random) => new GradientLaw({ ...law, initial: limit ?? law.initial }, random) }
}

function bounds(options: LimitOptions, least: number): { initial: number; min: number; max: number } {
  const min = requirePositiveInteger('min', options.min ?? least)
  const max = requirePositiveInteger('max', options.max ?? Math.max(min, 1_000))
  if (max < min) throw invalidOption('max', max, `at least the min of ${min}`)
  return {
    initial: requireInteger('initial', options.initial ?? Math.min(max, Math.max(min, INITIAL)), min, max),
    min,
    max,
  }
}

function windowed({ window = '100ms', minSamples = 10 }: Windowed): { windowMs: number; minSamples: number } {
  return {
    windowMs: toMilliseconds('window', window, { positive: true }),
    minSamples: requirePositiveInteger('minSamples', minSamples),
  }
}
