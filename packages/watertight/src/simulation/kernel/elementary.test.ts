import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exp, ln } from './elementary.ts'
import { normalQuantile } from './normal-quantile.ts'

const bits = (x: number): bigint => new BigInt64Array(new Float64Array([x]).buffer)[0] as bigint

/** How many doubles lie between two of the same sign. */
function ulps(a: number, b: number): number {
  const distance = Number(bits(a) - bits(b))
  return Math.abs(distance)
}

describe('ln', () => {
  it('is within 1 ulp of Math.log, from the smallest number to the largest', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true, minExcluded: true, noDefaultInfinity: true }), (x) => {
        expect(ulps(ln(x), Math.log(x))).toBeLessThanOrEqual(1)
      }),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true }), (x) => {
        expect(ulps(ln(x), Math.log(x))).toBeLessThanOrEqual(1)
      }),
      { numRuns: 2_000 },
    )
  })

  it('knows the edges', () => {
    expect([ln(1), ln(0), ln(Infinity), ln(-1), ln(Number.NaN)]).toEqual([
      0,
      -Infinity,
      Infinity,
      Number.NaN,
      Number.NaN,
    ])
    expect(ulps(ln(Number.MIN_VALUE), Math.log(Number.MIN_VALUE))).toBeLessThanOrEqual(1)
    expect(ln(1 + Number.EPSILON)).toBeCloseTo(Number.EPSILON, 30)
  })
})

describe('exp', () => {
  it('is within 1 ulp of Math.exp wherever the result is a normal number', () => {
    fc.assert(
      fc.property(fc.double({ min: -708, max: 709.7, noNaN: true }), (x) => {
        expect(ulps(exp(x), Math.exp(x))).toBeLessThanOrEqual(1)
      }),
      { numRuns: 3_000 },
    )
  })

  it('is within 1 ulp of Math.exp close to 0', () => {
    fc.assert(
      fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (x) => {
        expect(ulps(exp(x), Math.exp(x))).toBeLessThanOrEqual(1)
      }),
      { numRuns: 2_000 },
    )
  })

  it('knows the edges', () => {
    expect([exp(0), exp(-Infinity), exp(Infinity), exp(Number.NaN)]).toEqual([1, 0, Infinity, Number.NaN])
    expect([exp(710), exp(-746)]).toEqual([Infinity, 0])
    expect(exp(-740)).toBeCloseTo(Math.exp(-740), 320)
  })
})

describe('normalQuantile', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167813],
    [1e-10, -6.361340902404056],
    [1e-20, -9.262340089798409],
  ])('of %s is %s', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 14)
  })

  it('rises, and is the same on both sides of the middle', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 0.5, noNaN: true }),
        fc.double({ min: 1e-6, max: 0.5, noNaN: true }),
        (a, b) => {
          expect(normalQuantile(1 - a)).toBeCloseTo(-normalQuantile(a), 9)
          expect(Math.sign(normalQuantile(a) - normalQuantile(b)) * Math.sign(a - b)).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })

  it('spans all that a uniform draw can be', () => {
    expect(normalQuantile(0)).toBe(normalQuantile(2 ** -54))
    expect(normalQuantile(2 ** -54)).toBeGreaterThan(-9)
    expect(normalQuantile(1 - 2 ** -53)).toBeLessThan(9)
  })
})
