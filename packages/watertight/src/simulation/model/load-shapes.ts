import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption, refuseUnknown, requireBetween, requireOneOf } from '../../runtime/option.ts'
import { exp } from '../kernel/elementary.ts'
import type { Arrivals, Spacing } from './arrivals.ts'
import { ProfiledArrivals } from './profiled-arrivals.ts'
import { RateProfile, type RatePoint } from './rate-profile.ts'

const SPACINGS = ['poisson', 'even'] as const
const LN_2 = 0.6931471805599453
/** A decay is drawn in straight lines: so many for each time it halves, until so many halvings later. */
const LINES_PER_HALVING = 8
const HALVINGS = 10

/** What every load can be told. */
export interface LoadOptions {
  /** Default: `'poisson'`. */
  readonly spacing?: Spacing
}

/**
 * Arrivals by chance at a steady rate a second.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function poisson(options: { readonly rate: number }): Arrivals {
  refuseUnknown('poisson', options, ['rate'])
  return along([{ atMs: 0, rate: rate('rate', options.rate) }], 'poisson')
}

/**
 * Arrivals at equal distances, at a steady rate a second.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function evenly(options: { readonly rate: number }): Arrivals {
  refuseUnknown('evenly', options, ['rate'])
  return along([{ atMs: 0, rate: rate('rate', options.rate) }], 'even')
}

/** A load that rises, stays, and falls back. */
export interface RampOptions extends LoadOptions {
  /** Requests a second before, and after it has fallen back. */
  readonly from: number
  /** Requests a second at the top. */
  readonly to: number
  /** When it begins to rise. */
  readonly at: Duration
  /** How long it takes to rise. */
  readonly over: Duration
  /** How long it stays at the top. Default: for ever. */
  readonly hold?: Duration
  /** How long it takes to fall back. Default: as long as to rise. */
  readonly back?: Duration
}

/**
 * A load that rises in a straight line, stays, and falls back.
 *
 * @example
 * ramp({ from: 1_000, to: 15_000, at: '60s', over: '30s', hold: '60s' }) // the Valentine's Day spike
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function ramp(options: RampOptions): Arrivals {
  refuseUnknown('ramp', options, ['from', 'to', 'at', 'over', 'hold', 'back', 'spacing'])
  const [from, to] = [rate('from', options.from), rate('to', options.to)]
  const start = toMilliseconds('at', options.at)
  const over = toMilliseconds('over', options.over)
  const points = [
    { atMs: 0, rate: from },
    { atMs: start, rate: from },
    { atMs: start + over, rate: to },
  ]
  if (options.hold !== undefined) {
    const falls = start + over + toMilliseconds('hold', options.hold)
    const back = toMilliseconds('back', options.back ?? over)
    points.push({ atMs: falls, rate: to }, { atMs: falls + back, rate: from })
  }
  return along(points, options.spacing)
}

/** Everybody comes at once. */
export interface FlashCrowdOptions extends LoadOptions {
  /** Requests a second before, and what it falls back to. */
  readonly base: number
  /** Requests a second at the top. */
  readonly peak: number
  /** When it begins. */
  readonly at: Duration
  /** How long it takes to rise. Default: 0, a jump. */
  readonly rise?: Duration
  /** How long it stays at the top. Default: 0. */
  readonly hold?: Duration
  /** In each such time, what is above the base halves. */
  readonly halfLife: Duration
}

/**
 * A load that jumps up when word spreads, and decays by half in each `halfLife`; after ten of them it is gone.
 *
 * @example
 * flashCrowd({ base: 200, peak: 8_000, at: '2m', rise: '5s', hold: '30s', halfLife: '1m' })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function flashCrowd(options: FlashCrowdOptions): Arrivals {
  refuseUnknown('flashCrowd', options, ['base', 'peak', 'at', 'rise', 'hold', 'halfLife', 'spacing'])
  const [base, peak] = [rate('base', options.base), rate('peak', options.peak)]
  const start = toMilliseconds('at', options.at)
  const top = start + toMilliseconds('rise', options.rise ?? 0)
  const falls = top + toMilliseconds('hold', options.hold ?? 0)
  const halfLife = toMilliseconds('halfLife', options.halfLife, { positive: true })
  const points = [
    { atMs: 0, rate: base },
    { atMs: start, rate: base },
    { atMs: top, rate: peak },
    { atMs: falls, rate: peak },
  ]
  for (let line = 1; line <= HALVINGS * LINES_PER_HALVING; line++) {
    const halvings = line / LINES_PER_HALVING
    points.push({ atMs: falls + halvings * halfLife, rate: base + (peak - base) * exp(-LN_2 * halvings) })
  }
  points.push({ atMs: falls + HALVINGS * halfLife, rate: base })
  return along(points, options.spacing)
}

/**
 * A load of any course: requests a second at instants, in straight lines between them. Two rates for one instant are a jump;
 * the last one stays.
 *
 * @example
 * rates([['0s', 100], ['60s', 100], ['60s', 900], ['5m', 0]])
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function rates(course: readonly (readonly [at: Duration, rate: number])[], options: LoadOptions = {}): Arrivals {
  refuseUnknown('rates', options, ['spacing'])
  if (!Array.isArray(course) || course.length === 0) throw invalidOption('course', course, 'a list of [instant, rate]')
  const points = course.map(([at, value], index) => ({
    atMs: toMilliseconds(`the instant of course[${index}]`, at),
    rate: rate(`the rate of course[${index}]`, value),
  }))
  const backwards = points.findIndex(({ atMs }, index) => atMs < (points[index - 1]?.atMs ?? 0))
  if (backwards > 0) {
    throw invalidOption(`the instant of course[${backwards}]`, course[backwards]?.[0], 'no earlier than the one before')
  }
  return along(points, options.spacing)
}

function along(points: readonly RatePoint[], spacing: Spacing = 'poisson'): Arrivals {
  return new ProfiledArrivals(new RateProfile(points), requireOneOf('spacing', spacing, SPACINGS))
}

function rate(option: string, value: number): number {
  return requireBetween(option, value, 0, Number.MAX_VALUE)
}
