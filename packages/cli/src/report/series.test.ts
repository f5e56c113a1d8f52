import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unfold } from './page/unfold.ts'
import { folded, largest, points, stepsPerPoint } from './series.ts'

describe('a series on a page', () => {
  it('is folded where it repeats itself, and comes back the same', () => {
    expect(folded([0, 0, 0, 0, 0, 7, 7, null])).toEqual([[0, 5], 7, 7, null])
    const values = fc.array(fc.oneof(fc.constantFrom(0, 0, 1, null), fc.integer({ min: -999, max: 9_999 })), {
      maxLength: 200,
    })
    fc.assert(
      fc.property(values, (series) => {
        expect(unfold(folded(series))).toEqual(series)
      }),
    )
  })

  it('keeps the four digits that a screen can show', () => {
    expect(folded([1_234.567, 0.000_123_456, Infinity])).toEqual([1_235, 0.000_123_5, null])
  })

  it('of a long run has fewer points: the mean of a rate, the last of a gauge, the worst of a latency', () => {
    const steps = [1, 3, null, 8, 2]
    expect(points(steps, 2, 'mean')).toEqual([2, 8, 2])
    expect(points(steps, 2, 'gauge')).toEqual([3, 8, 2])
    expect(points(steps, 3, 'worst')).toEqual([3, 8])
    expect(points([null, null], 2, 'mean')).toEqual([null])
    expect([stepsPerPoint(600), stepsPerPoint(901), stepsPerPoint(36_000)]).toEqual([1, 2, 40])
  })

  it('has a largest value, also when there is none', () => {
    expect(largest([[1, null], [5]])).toBe(5)
    expect(largest([])).toBe(0)
  })
})
