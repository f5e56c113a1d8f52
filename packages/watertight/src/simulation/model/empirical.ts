import { invalidOption, refuseUnknown } from '../../runtime/option.ts'
import type { Law } from './law.ts'

/** A share of all times, and the time in milliseconds that it stays below: `[0.99, 480]` is a p99 of 480 ms. */
export type Quantile = readonly [share: number, ms: number]

/**
 * Measured times. From `samples`: each is as likely as the others. From `quantiles`, from share 0 (the least) to share 1 (the
 * most): straight lines between them.
 *
 * @example
 * empirical({ quantiles: [[0, 4], [0.5, 12], [0.9, 30], [0.99, 110], [1, 900]] })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function empirical(
  options: { readonly samples: readonly number[] } | { readonly quantiles: readonly Quantile[] },
): Law {
  refuseUnknown('empirical', options, ['samples', 'quantiles'])
  if ('samples' in options) return fromSamples(options.samples)
  return fromQuantiles(options.quantiles)
}

function fromSamples(samples: readonly number[]): Law {
  const usable = Array.isArray(samples) && samples.length > 0 && samples.every((ms) => ms >= 0 && ms < Infinity)
  if (!usable) throw invalidOption('samples', samples, 'a list of milliseconds, of 0 or more, that is not empty')
  // Sorted, so that a higher draw is a longer time whatever law the other configuration has.
  const sorted = Float64Array.from(samples).toSorted()
  const mean = sorted.reduce((sum, ms) => sum + ms / sorted.length, 0)
  return { mean, sample: (u) => sorted[Math.floor(u() * sorted.length)] as number }
}

function fromQuantiles(quantiles: readonly Quantile[]): Law {
  if (!Array.isArray(quantiles) || !isTable(quantiles)) {
    throw invalidOption(
      'quantiles',
      quantiles,
      'a list of [share, ms] from share 0 to share 1, both rising, ms of 0 or more',
    )
  }
  let mean = 0
  for (let i = 1; i < quantiles.length; i++) {
    const [[fromShare, fromMs], [toShare, toMs]] = quantiles.slice(i - 1, i + 1) as [Quantile, Quantile]
    mean += ((toShare - fromShare) * (fromMs + toMs)) / 2
  }
  return {
    mean,
    sample: (u) => {
      const draw = u()
      const above = quantiles.findIndex(([share]) => share > draw)
      const [[fromShare, fromMs], [toShare, toMs]] = quantiles.slice(above - 1, above + 1) as [Quantile, Quantile]
      return fromMs + ((draw - fromShare) / (toShare - fromShare)) * (toMs - fromMs)
    },
  }
}

function isTable(quantiles: readonly Quantile[]): boolean {
  if (quantiles.length < 2 || quantiles[0]?.[0] !== 0 || quantiles.at(-1)?.[0] !== 1) return false
  let [share, ms]: Quantile = [-1, 0]
  for (const [nextShare, nextMs] of quantiles) {
    if (!(nextShare > share && nextMs >= ms && nextMs < Infinity)) return false
    ;[share, ms] = [nextShare, nextMs]
  }
  return true
}
