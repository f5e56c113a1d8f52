import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyedRandom } from '../../runtime/random.ts'
import { empirical } from './empirical.ts'
import type { Law } from './law.ts'
import { constant, exponential, lognormal, mixture, normal, pareto, uniform } from './laws.ts'

const DRAWS = 20_000

/** Evenly spread draws for laws that take one: no scatter of chance in the moments. */
function moments(law: Law, count = DRAWS): { mean: number; cv: number } {
  let sum = 0
  let squares = 0
  for (let i = 0; i < count; i++) {
    const x = law.sample(() => (i + 0.5) / count)
    sum += x
    squares += x * x
  }
  const mean = sum / count
  return { mean, cv: Math.sqrt(Math.max(0, squares / count - mean * mean)) / mean }
}

/** Draws are whole multiples of a small number. */
const draws = fc.nat(2 ** 31 - 1).map((n) => n / 2 ** 31)
const times = fc.double({ min: 0.1, max: 1e4, noNaN: true })

describe('a law has the mean that it says', () => {
  it.each<readonly [string, fc.Arbitrary<Law>]>([
    ['constant', times.map(constant)],
    ['uniform', fc.tuple(times, times).map(([from, more]) => uniform({ from, to: from + more }))],
    ['exponential', times.map((mean) => exponential({ mean }))],
    [
      'lognormal',
      fc.tuple(times, fc.double({ min: 0.05, max: 1.2, noNaN: true })).map(([mean, cv]) => lognormal({ mean, cv })),
    ],
    ['normal', fc.tuple(times, times).map(([mean, sd]) => normal({ mean, sd }))],
    ['pareto of a mean', times.map((mean) => pareto({ mean, shape: 3 }))],
    ['pareto of a scale', times.map((scale) => pareto({ scale, shape: 2.5 }))],
    ['empirical samples', fc.array(times, { minLength: 1, maxLength: 100 }).map((samples) => empirical({ samples }))],
    [
      'empirical quantiles',
      fc.tuple(times, times, times).map(([a, b, c]) =>
        empirical({
          quantiles: [
            [0, a],
            [0.5, a + b],
            [1, a + b + c],
          ],
        }),
      ),
    ],
  ])('%s', (_, laws) => {
    fc.assert(
      fc.property(laws, (law) => {
        const { mean } = moments(law)
        expect(Math.abs(mean / law.mean - 1)).toBeLessThan(0.01)
      }),
      { numRuns: 15 },
    )
  })

  it('mixture, of chance in two steps', () => {
    const law = mixture([
      { weight: 9, law: exponential({ mean: 10 }) },
      { weight: 1, law: constant(200) },
      { weight: 0, law: pareto({ scale: 1, shape: 0.5 }) },
    ])
    expect(law.mean).toBeCloseTo(29, 12)
    const random = keyedRandom(7)
    let sum = 0
    for (let i = 0; i < 200_000; i++) sum += law.sample(() => random('draw'))
    expect(Math.abs(sum / 200_000 / 29 - 1)).toBeLessThan(0.02)
  })
})

describe('a law has the spread that it says', () => {
  it('lognormal has its cv', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 1, noNaN: true }), (cv) => {
        expect(moments(lognormal({ mean: 100, cv }), 50_000).cv / cv).toBeCloseTo(1, 1)
      }),
      { numRuns: 10 },
    )
  })

  it('exponential has a cv of 1, uniform of its width, normal of its sd', () => {
    expect(moments(exponential({ mean: 5 })).cv).toBeCloseTo(1, 2)
    expect(moments(uniform({ from: 0, to: 10 })).cv).toBeCloseTo(1 / Math.sqrt(3), 3)
    expect(moments(normal({ mean: 10, sd: 2 })).cv).toBeCloseTo(0.2, 3)
  })

  it('lognormal of mean 100 and cv 1 has the quantiles of the formula', () => {
    const law = lognormal({ mean: '100ms', cv: 1 })
    expect(law.sample(() => 0.5)).toBeCloseTo(100 / Math.SQRT2, 10)
    expect(law.sample(() => 0.99)).toBeCloseTo(490.6, 0)
  })

  it('the mean of a normal time that may be folded is that of the folded one', () => {
    expect(normal({ mean: 0, sd: 3 }).mean).toBeCloseTo(3 * Math.sqrt(2 / Math.PI), 10)
    expect(normal({ mean: 10, sd: 2 }).mean).toBeCloseTo(10, 5)
  })

  it('a pareto tail of shape 1 or less has no mean', () => {
    expect(pareto({ scale: 10, shape: 1 }).mean).toBe(Infinity)
    expect(pareto({ scale: 10, shape: 1 }).sample(() => 0.99)).toBeCloseTo(1_000, 8)
  })
})

describe('every law', () => {
  const all: Readonly<Record<string, Law>> = {
    constant: constant('5ms'),
    uniform: uniform({ from: 1, to: 9 }),
    exponential: exponential({ mean: '5ms' }),
    lognormal: lognormal({ mean: 5, cv: 2 }),
    normal: normal({ mean: 5, sd: 5 }),
    pareto: pareto({ mean: 5, shape: 1.5 }),
    samples: empirical({ samples: [3, 1, 2] }),
    quantiles: empirical({
      quantiles: [
        [0, 1],
        [0.9, 5],
        [1, 100],
      ],
    }),
    mixture: mixture([{ weight: 1, law: constant(1) }]),
  }

  it.each(Object.entries(all))('%s gives a finite time of 0 or more for every draw that there is', (_, law) => {
    for (const draw of [0, 2 ** -53, 0.25, 0.5, 1 - 2 ** -53]) {
      const time = law.sample(() => draw)
      expect(time).toBeGreaterThanOrEqual(0)
      expect(time).toBeLessThan(Infinity)
    }
  })

  it.each(Object.entries(all).filter(([name]) => name !== 'normal'))(
    '%s gives no shorter time for a higher draw',
    (_, law) => {
      fc.assert(
        fc.property(draws, draws, (a, b) => {
          const lower = law.sample(() => Math.min(a, b))
          // Neighbouring draws may be a last digit off.
          expect(law.sample(() => Math.max(a, b))).toBeGreaterThanOrEqual(lower * (1 - 1e-12))
        }),
      )
    },
  )
})

describe('laws refuse what makes no sense', () => {
  it.each<readonly [() => unknown, RegExp]>([
    [() => constant(-1), /time must be a duration/],
    [() => uniform({ from: 2, to: 1 }), /to must be no less than from/],
    [() => exponential({ mean: 0 }), /mean must be a duration above 0/],
    [() => lognormal({ mean: 1, cv: -1 }), /cv must be a finite number above 0/],
    [() => lognormal({ mean: 1, sd: 1 } as never), /lognormal has no option sd/],
    [() => pareto({ mean: 1, shape: 1 }), /shape must be above 1/],
    [() => pareto({ shape: 2 } as never), /either scale or mean/],
    [() => empirical({ samples: [] }), /samples must be a list/],
    [
      () =>
        empirical({
          quantiles: [
            [0, 1],
            [0.5, 2],
          ],
        }),
      /quantiles must be a list/,
    ],
    [
      () =>
        empirical({
          quantiles: [
            [0, 1],
            [0.5, 0.5],
            [1, 2],
          ],
        }),
      /quantiles must be a list/,
    ],
    [() => mixture([]), /parts must be a list/],
    [() => mixture([{ weight: -1, law: constant(1) }]), /parts\[0\].weight must be a number of at least 0/],
    [() => mixture([{ weight: 0, law: constant(1) }]), /sum of all weights/],
  ])('%#', (make, message) => {
    expect(make).toThrow(message)
  })
})
