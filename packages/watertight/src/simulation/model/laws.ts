import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption, refuseUnknown, requireBetween, requirePositive } from '../../runtime/option.ts'
import { exp, ln } from '../kernel/elementary.ts'
import { normalQuantile } from '../kernel/normal-quantile.ts'
import type { Law } from './law.ts'

/**
 * Always the same time.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function constant(time: Duration): Law {
  const mean = toMilliseconds('time', time)
  return { mean, sample: () => mean }
}

/**
 * Any time between two, equally likely.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function uniform(options: { readonly from: Duration; readonly to: Duration }): Law {
  refuseUnknown('uniform', options, ['from', 'to'])
  const from = toMilliseconds('from', options.from)
  const to = toMilliseconds('to', options.to)
  if (to < from) throw invalidOption('to', options.to, `no less than from (${options.from})`)
  return { mean: (from + to) / 2, sample: (u) => from + u() * (to - from) }
}

/**
 * Times without memory: what has lasted long lasts no shorter for it. The service law of the textbooks (the M of M/M/1).
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function exponential(options: { readonly mean: Duration }): Law {
  refuseUnknown('exponential', options, ['mean'])
  const mean = toMilliseconds('mean', options.mean, { positive: true })
  return { mean, sample: (u) => -mean * ln(1 - u()) }
}

/**
 * The usual shape of response times: a hump and a long tail. `cv` is the standard deviation divided by the mean.
 *
 * @example
 * lognormal({ mean: '100ms', cv: 1 }) // median 71 ms, p99 465 ms
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function lognormal(options: { readonly mean: Duration; readonly cv: number }): Law {
  refuseUnknown('lognormal', options, ['mean', 'cv'])
  const mean = toMilliseconds('mean', options.mean, { positive: true })
  const variance = ln(1 + requirePositive('cv', options.cv) ** 2)
  const sigma = Math.sqrt(variance)
  const mu = ln(mean) - variance / 2
  return { mean, sample: (u) => exp(mu + sigma * normalQuantile(u())) }
}

/**
 * The size of a normal draw: what would be below 0 is folded to the other side, as `|N(mean, sd)|`. The law's `mean` is that of
 * the folded times; it differs from `options.mean` only where `sd` is not small beside it.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function normal(options: { readonly mean: Duration; readonly sd: Duration }): Law {
  refuseUnknown('normal', options, ['mean', 'sd'])
  const mu = toMilliseconds('mean', options.mean)
  const sd = toMilliseconds('sd', options.sd, { positive: true })
  const density = Math.sqrt(2 / Math.PI) * exp(-(mu * mu) / (2 * sd * sd))
  const mean = sd * density + mu * (1 - 2 * shareBelow(-mu / sd))
  return { mean, sample: (u) => Math.abs(mu + sd * normalQuantile(u())) }
}

/**
 * A heavy tail: no time below `scale`, and the share that takes longer than t falls as t to the power of -`shape`. Give either
 * the `scale` or the `mean`, which exists for shapes above 1 alone.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function pareto(
  options: { readonly shape: number } & ({ readonly mean: Duration } | { readonly scale: Duration }),
): Law {
  refuseUnknown('pareto', options, ['shape', 'mean', 'scale'])
  const shape = requirePositive('shape', options.shape)
  if ('mean' in options === 'scale' in options) {
    throw invalidOption('what pareto is given', options, 'an object with either scale or mean, and shape')
  }
  if ('mean' in options && shape <= 1) {
    throw invalidOption('shape', shape, 'above 1 where the mean is given: below, there is none')
  }
  const scale =
    'mean' in options
      ? (toMilliseconds('mean', options.mean, { positive: true }) * (shape - 1)) / shape
      : toMilliseconds('scale', options.scale, { positive: true })
  const mean = shape > 1 ? (scale * shape) / (shape - 1) : Infinity
  return { mean, sample: (u) => scale * exp(-ln(1 - u()) / shape) }
}

/**
 * One law or another, by weight: what most calls do, and what the odd one does.
 *
 * @example
 * mixture([{ weight: 99, law: lognormal({ mean: '20ms', cv: 0.5 }) }, { weight: 1, law: constant('2s') }])
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function mixture(parts: readonly { readonly weight: number; readonly law: Law }[]): Law {
  if (!Array.isArray(parts) || parts.length === 0) throw invalidOption('parts', parts, 'a list of { weight, law }')
  let total = 0
  let mean = 0
  const lots: Lot[] = []
  for (const [index, { weight, law }] of parts.entries()) {
    // A law that is never chosen may have no mean.
    if (requireBetween(`parts[${index}].weight`, weight, 0, Number.MAX_VALUE) === 0) continue
    total += weight
    mean += weight * law.mean
    lots.push({ upTo: total, law })
  }
  requirePositive('the sum of all weights', total)
  return {
    mean: mean / total,
    sample: (u) => {
      const draw = u() * total
      // The last one also where a sum that was rounded leaves a gap.
      const index = lots.findIndex(({ upTo }, at) => draw < upTo || at === lots.length - 1)
      return (lots[index] as Lot).law.sample(u)
    },
  }
}

interface Lot {
  readonly upTo: number
  readonly law: Law
}

/** The share of standard normal deviates below `z`, by looking for it. */
function shareBelow(z: number): number {
  let low = 0
  let high = 1
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (normalQuantile(middle) < z) low = middle
    else high = middle
  }
  return (low + high) / 2
}
