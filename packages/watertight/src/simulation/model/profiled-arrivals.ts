import { requirePositive } from '../../runtime/option.ts'
import { ln } from '../kernel/elementary.ts'
import type { Arrivals, Spacing } from './arrivals.ts'
import type { RateProfile } from './rate-profile.ts'

/** Well above what is lost in rounding sums of counts, well below one arrival. */
const TOLERANCE = 1e-6

/** Arrivals along a rate, by inverting how many are expected until an instant. */
export class ProfiledArrivals implements Arrivals {
  readonly #profile: RateProfile
  readonly #spacing: Spacing

  constructor(profile: RateProfile, spacing: Spacing) {
    this.#profile = profile
    this.#spacing = spacing
  }

  next(after: number, random: () => number): number | undefined {
    const passed = this.#profile.expected(after)
    const count = this.#spacing === 'poisson' ? passed - ln(1 - random()) : wholeAfter(passed)
    const instant = this.#profile.instant(count)
    // Rounding must not lead back in time.
    return instant === undefined ? undefined : Math.max(after, instant)
  }

  rateAt(ms: number): number {
    return this.#profile.rateAt(ms)
  }

  scaled(factor: number): Arrivals {
    return new ProfiledArrivals(this.#profile.scaled(requirePositive('factor', factor)), this.#spacing)
  }
}

/** Even arrivals are at 0.5, 1.5, 2.5 …: a second for which three are expected has three. */
function wholeAfter(passed: number): number {
  return Math.floor(passed + 0.5 + TOLERANCE) + 0.5
}
