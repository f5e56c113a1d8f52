import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Backoff,
  custom,
  delayAfter,
  exponential,
  fibonacci,
  fixed,
  immediate,
  type Jitter,
  linear,
} from './backoff.ts'

const never = () => 0.5
const series = (backoff: Backoff, n = 6) =>
  Array.from({ length: n }, (_, i) => delayAfter(backoff, { failures: i + 1, previousMs: 0 }, never))

const jitters = fc.constantFrom<Jitter>('none', 'full', 'equal', 'decorrelated', 0.1, 0.5, 1)

describe('a backoff', () => {
  it('has the delays of its name', () => {
    expect(series(immediate(), 2)).toEqual([0, 0])
    expect(series(fixed('1s'), 2)).toEqual([1_000, 1_000])
    expect(series(linear({ base: 100, jitter: 'none' }), 4)).toEqual([100, 200, 300, 400])
    expect(series(exponential({ base: '1s', max: '60s', jitter: 'none' }), 8)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ])
    expect(series(fibonacci({ base: 100, jitter: 'none' }))).toEqual([100, 100, 200, 300, 500, 800])
    expect(
      series(
        custom(({ failures }) => `${failures}s`),
        2,
      ),
    ).toEqual([1_000, 2_000])
  })

  it('is never NaN, negative, infinite or above its maximum, whatever the draws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(linear, exponential, fibonacci),
        fc.record({
          base: fc.double({ min: 0, max: 1e9, noNaN: true }),
          max: fc.double({ min: 0, max: 1e9, noNaN: true }),
          jitter: jitters,
        }),
        fc.integer({ min: 1, max: 1e7 }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (make, options, failures, previousMs, draw) => {
          const ms = delayAfter(make(options), { failures, previousMs }, () => draw)
          expect(ms >= 0 && ms <= options.max).toBe(true)
        },
      ),
    )
  })

  it('without jitter never shrinks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(linear, exponential, fibonacci),
        fc.integer({ min: 1, max: 2_000 }),
        (make, failures) => {
          const backoff = make({ base: 3, max: '1h', jitter: 'none' })
          const at = (n: number) => delayAfter(backoff, { failures: n, previousMs: 0 }, never)
          expect(at(failures + 1)).toBeGreaterThanOrEqual(at(failures))
        },
      ),
    )
  })

  it('is spread by its jitter within the bounds of its name', () => {
    const between = (jitter: Jitter, draw: number) =>
      delayAfter(exponential({ base: 1_000, jitter }), { failures: 1, previousMs: 0 }, () => draw)
    expect([between('full', 0), between('full', 1)]).toEqual([0, 1_000])
    expect([between('equal', 0), between('equal', 1)]).toEqual([500, 1_000])
    expect([between('decorrelated', 0), between('decorrelated', 1)]).toEqual([1_000, 3_000])
    expect([between(0.5, 0), between(0.5, 1)]).toEqual([500, 1_500])
  })
})
