import type { Duration } from '../../runtime/duration.ts'
import { invalidOption, requireOneOf } from '../../runtime/option.ts'
import {
  anything,
  between,
  type Checks,
  count,
  duration,
  fraction,
  limit,
  positive,
  settingsOf,
  span,
  whole,
} from '../../runtime/option-checks.ts'
import { AimdLaw, type AimdSettings } from './aimd.ts'
import { GradientLaw, type GradientSettings } from './gradient.ts'
import { Gradient2Law, type Gradient2Settings } from './gradient2.ts'
import type { LimitBounds, LimitLaw } from './limit-law.ts'
import { VegasLaw, type VegasSettings } from './vegas.ts'

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

const INITIAL = 20
const MAX = 1_000
const DECREASE = 0.9

interface Common {
  readonly algorithm: LimitAlgorithm
  readonly queue: number
  readonly maxWaitMs: number
}

const COMMON: Checks<Common> = {
  algorithm: anything(),
  queue: whole(0, 0),
  maxWaitMs: duration(Infinity, { infinite: true }),
}

const WINDOWED = { windowMs: span('100ms'), minSamples: count(10) }

/** @throws WatertightError `INVALID_OPTION` */
export function adaptiveConcurrencySettings(options: AdaptiveConcurrencyOptions): AdaptiveConcurrencySettings {
  const { algorithm } = options
  requireOneOf('algorithm', algorithm, ['aimd', 'vegas', 'gradient', 'gradient2'])
  const owner = `adaptiveConcurrency with ${algorithm}`
  const common = { ...COMMON, ...bounds(options) }
  switch (algorithm) {
    case 'aimd': {
      const checks = { ...common, increase: positive(1), decrease: fraction(DECREASE), slowMs: limit(Infinity) }
      return begun(settingsOf<Common & AimdSettings>(owner, options, checks), (law) => new AimdLaw(law))
    }
    case 'vegas': {
      const checks = { ...common, ...WINDOWED, alpha: positive(3), beta: positive(6), baselineMs: span('60s') }
      const settings = settingsOf<Common & VegasSettings>(owner, options, checks)
      const { alpha, beta } = settings
      if (beta < alpha) throw invalidOption('beta', beta, `at least the alpha of ${alpha}`)
      return begun(settings, (law) => new VegasLaw(law))
    }
    case 'gradient2': {
      const checks = {
        ...common,
        ...WINDOWED,
        queueSize: positive(4),
        tolerance: between(1.5, 1, 1_000),
        smoothing: between(0.2, 0.001, 1),
        longWindow: count(600),
        decrease: fraction(DECREASE),
      }
      return begun(settingsOf<Common & Gradient2Settings>(owner, options, checks), (law) => new Gradient2Law(law))
    }
    case 'gradient': {
      const checks = {
        ...common,
        ...WINDOWED,
        buffer: between(0.25, 0, 100),
        quantile: fraction(0.5),
        probeEveryMs: span('60s'),
        probeJitter: between(0.15, 0, 1),
        probeLimit: count(3),
        probeCalls: count(50),
        decrease: fraction(DECREASE),
      }
      const settings = settingsOf<Common & GradientSettings>(owner, options, checks)
      return begun(settings, (law, random) => new GradientLaw(law, random))
    }
  }
}

function begun<All extends Common & LimitBounds>(
  { algorithm, queue, maxWaitMs, ...law }: All,
  make: (law: Omit<All, keyof Common>, random: () => number) => LimitLaw,
): AdaptiveConcurrencySettings {
  const begin = (initial: number = law.initial, random: () => number): LimitLaw => make({ ...law, initial }, random)
  return { algorithm, queue, maxWaitMs, law, begin }
}

function bounds(options: AdaptiveConcurrencyOptions): Checks<LimitBounds> {
  const min = count(options.algorithm === 'gradient' ? 3 : 1)('min', options.min)
  const max = count(Math.max(min, MAX))('max', options.max)
  if (max < min) throw invalidOption('max', max, `at least the min of ${min}`)
  return { initial: whole(Math.min(max, Math.max(min, INITIAL)), min, max), min: count(min), max: count(max) }
}
