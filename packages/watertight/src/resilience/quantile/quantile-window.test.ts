import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogHistogram } from './log-histogram.ts'
import { QuantileWindow } from './quantile-window.ts'

const durations = fc.array(fc.double({ min: 0.02, max: 3_600_000, noNaN: true }), { minLength: 1, maxLength: 300 })
const quantile = fc.double({ min: 0, max: 1, noNaN: true })

function exact(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1] as number
}

describe('a log histogram', () => {
  it('is within 2.5% of the quantile of a sorted list', () => {
    fc.assert(
      fc.property(durations, quantile, (values, q) => {
        const histogram = new LogHistogram()
        for (const value of values) histogram.record(value)
        expect(Math.abs(histogram.quantile(q) / exact(values, q) - 1)).toBeLessThan(0.025)
      }),
    )
  })

  it('takes the shortest and the longest durations there are', () => {
    const histogram = new LogHistogram()
    for (const value of [0, 1e-9, Number.MAX_VALUE]) histogram.record(value)
    expect(histogram.quantile(0)).toBeLessThan(0.02)
    expect(histogram.quantile(1)).toBeGreaterThan(24 * 3_600_000)
  })
})

describe('a quantile window', () => {
  it('knows nothing at first', () => {
    const window = new QuantileWindow(0.99, 60_000)
    expect([window.samples(0), window.estimate(0)]).toEqual([0, Number.NaN])
  })

  it('agrees with keeping every duration of its span, give or take one slice', () => {
    const step = fc.record({ after: fc.integer({ min: 0, max: 3_000 }), ms: fc.integer({ min: 1, max: 10_000 }) })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 100 }), (steps) => {
        const window = new QuantileWindow(1, 6_000)
        const all: { at: number; ms: number }[] = []
        let now = 0
        for (const { after, ms } of steps) {
          now += after
          window.record(ms, now)
          all.push({ at: now, ms })
          const since = (Math.floor(now / 1_000) - 5) * 1_000
          expect(window.samples(now)).toBe(all.filter(({ at }) => at >= since).length)
        }
        expect(window.samples(now + 6_000)).toBe(0)
      }),
    )
  })

  it('is empty after idle time, however long: ancient durations say nothing', () => {
    const window = new QuantileWindow(0.5, 6_000)
    for (let i = 0; i < 100; i++) window.record(50, i)
    expect(window.samples(5_000)).toBe(100)
    expect(window.samples(3_600_000)).toBe(0)
    expect(window.estimate(3_600_000)).toBeNaN()
    window.record(7, 3_600_000)
    expect(window.estimate(3_600_000)).toBeCloseTo(7, 0)
  })
})
