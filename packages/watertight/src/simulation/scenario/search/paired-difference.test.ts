import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyedRandom } from '../../../runtime/random.ts'
import { estimate, pairedDifference } from './paired-difference.ts'
import { studentT } from './student-t.ts'

describe('studentT', () => {
  // Published tables of the distribution.
  it.each([
    [0.975, 1, 12.7062],
    [0.975, 2, 4.30265],
    [0.975, 3, 3.18245],
    [0.975, 9, 2.26216],
    [0.975, 10, 2.22814],
    [0.975, 29, 2.04523],
    [0.975, 100, 1.98397],
    [0.95, 5, 2.01505],
    [0.99, 20, 2.52798],
    [0.9995, 2, 31.5991],
    [0.5, 7, 0],
  ])('has the %s quantile of %s degrees of freedom at %s', (p, degrees, t) => {
    expect(studentT(p, degrees)).toBeCloseTo(t, 3)
  })

  it('is symmetric', () => {
    expect(studentT(0.025, 6)).toBeCloseTo(-studentT(0.975, 6), 9)
  })
})

describe('estimate', () => {
  it('knows the interval of a textbook sample', () => {
    const { mean, low, high } = estimate([1, 2, 3])
    expect([mean, low, high]).toEqual([2, expect.closeTo(-0.4841, 3), expect.closeTo(4.4841, 3)])
  })

  it('is certain of what never varies, and of nothing from one sample', () => {
    expect(estimate([4, 4, 4])).toEqual({ mean: 4, low: 4, high: 4 })
    expect(estimate([4])).toEqual({ mean: 4, low: Number.NEGATIVE_INFINITY, high: Infinity })
  })

  it('holds the true mean about 95 times of a hundred', () => {
    const random = keyedRandom(1)
    let held = 0
    for (let trial = 0; trial < 2_000; trial++) {
      // The sum of twelve even draws is as good as normal; its mean is 6.
      const sample = Array.from({ length: 8 }, () =>
        Array.from({ length: 12 }, () => random('draw')).reduce((a, b) => a + b),
      )
      const { low, high } = estimate(sample)
      if (low <= 6 && 6 <= high) held++
    }
    expect(held / 2_000).toBeGreaterThan(0.93)
    expect(held / 2_000).toBeLessThan(0.97)
  })
})

describe('pairedDifference', () => {
  it('finds a small difference below a large common scatter', () => {
    const common = [100, 900, 500, 300]
    const { low, high } = pairedDifference(common, [101, 902, 501, 302])
    expect(low).toBeGreaterThan(0)
    expect(high).toBeLessThan(3)
  })

  it('is the difference of the means, turned around when the two are', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 })), {
      minLength: 2,
    })
    fc.assert(
      fc.property(pairs, (both) => {
        const [a, b] = [both.map(([one]) => one), both.map(([, one]) => one)]
        const forth = pairedDifference(a, b)
        const back = pairedDifference(b, a)
        expect(forth.mean).toBeCloseTo(estimate(b).mean - estimate(a).mean)
        expect([forth.low, forth.high]).toEqual([expect.closeTo(-back.high), expect.closeTo(-back.low)])
      }),
    )
  })
})
