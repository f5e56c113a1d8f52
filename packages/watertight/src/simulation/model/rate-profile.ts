/** A rate a second from an instant on, until the next point: on a straight line to it. */
export interface RatePoint {
  readonly atMs: number
  readonly rate: number
}

const MS_PER_S = 1_000

/**
 * A rate over time, in straight lines from point to point; two points of one instant are a jump. Before the first point the
 * rate is that of the first, after the last that of the last.
 *
 * It can be integrated and inverted exactly, which is how arrivals at a changing rate are made: those of an even course (one
 * for each whole number, or exponential distances for a Poisson process), put at the instants when as many were expected.
 * Nothing has to be drawn in vain, as in thinning, so that the n-th arrival of two configurations has the same draw.
 */
export class RateProfile {
  readonly #points: readonly RatePoint[]
  /** Arrivals expected until each point. */
  readonly #expected: Float64Array
  /** Where the last question was about: the next one is seldom far. */
  #near = 0

  /** @param given points in the order of time, at least one */
  constructor(given: readonly RatePoint[]) {
    const [first] = given
    const points = first === undefined || first.atMs === 0 ? given : [{ atMs: 0, rate: first.rate }, ...given]
    this.#points = points
    this.#expected = new Float64Array(points.length)
    for (let i = 1; i < points.length; i++) {
      const [from, to] = [this.#point(i - 1), this.#point(i)]
      const area = ((from.rate + to.rate) / 2) * ((to.atMs - from.atMs) / MS_PER_S)
      this.#expected[i] = (this.#expected[i - 1] as number) + area
    }
  }

  rateAt(ms: number): number {
    const { from, slope } = this.#segment(this.#find((i) => this.#point(i).atMs <= ms))
    return from.rate + slope * Math.max(0, ms - from.atMs)
  }

  /** Arrivals expected from time 0 until `ms`. */
  expected(ms: number): number {
    const index = this.#find((i) => this.#point(i).atMs <= ms)
    const { from, slope } = this.#segment(index)
    const passed = Math.max(0, ms - from.atMs)
    return (this.#expected[index] as number) + ((from.rate + (slope * passed) / 2) * passed) / MS_PER_S
  }

  /** The instant when `count` were expected; undefined when so many never are. */
  instant(count: number): number | undefined {
    const index = this.#find((i) => (this.#expected[i] as number) <= count)
    const { from, slope } = this.#segment(index)
    const area = (count - (this.#expected[index] as number)) * MS_PER_S
    if (area === 0) return from.atMs
    // The root of slope/2 x² + rate x = area, in the form that loses no digits when the slope is close to 0.
    const root = Math.sqrt(Math.max(0, from.rate * from.rate + 2 * slope * area))
    const divisor = from.rate + root
    return divisor > 0 ? from.atMs + (2 * area) / divisor : undefined
  }

  scaled(factor: number): RateProfile {
    return new RateProfile(this.#points.map(({ atMs, rate }) => ({ atMs, rate: rate * factor })))
  }

  /** The last point that `reached` still holds for, or the first. */
  #find(reached: (index: number) => boolean): number {
    const { length } = this.#points
    if (reached(this.#near) && (this.#near + 1 === length || !reached(this.#near + 1))) return this.#near
    let low = 0
    let high = length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (reached(middle)) low = middle
      else high = middle - 1
    }
    this.#near = low
    return low
  }

  #point(index: number): RatePoint {
    return this.#points[index] as RatePoint
  }

  #segment(index: number): { readonly from: RatePoint; readonly slope: number } {
    const from = this.#point(index)
    const to = this.#points[index + 1]
    return {
      from,
      slope: to === undefined || to.atMs === from.atMs ? 0 : (to.rate - from.rate) / (to.atMs - from.atMs),
    }
  }
}
