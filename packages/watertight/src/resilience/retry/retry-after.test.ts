import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHttpDate } from './http-date.ts'
import { parseRetryAfter } from './retry-after.ts'

describe('Retry-After', () => {
  it('is seconds or a date', () => {
    expect(parseRetryAfter('120', 0)).toBe(120_000)
    expect(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', 784_111_770_000)).toBe(7_000)
    expect(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', 984_111_770_000)).toBe(0)
    expect(parseRetryAfter('soon', 0)).toBeUndefined()
  })

  it('has the dates that the platform has', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), (date) => {
        expect(parseHttpDate(date.toUTCString(), 0)).toBe(Math.floor(date.getTime() / 1_000) * 1_000)
      }),
    )
  })

  it('is a date in any of the three forms of HTTP', () => {
    const now = 784_111_770_000
    for (const date of [
      'Sun, 06 Nov 1994 08:49:37 GMT',
      'Sunday, 06-Nov-94 08:49:37 GMT',
      'Sun Nov  6 08:49:37 1994',
    ]) {
      expect(parseRetryAfter(date, now)).toBe(7_000)
    }
  })

  it('takes a two-digit year that seems to be more than 50 years ahead for one of the past', () => {
    const in2026 = Date.UTC(2026, 10, 21)
    const yearOf = (year: string): number =>
      new Date(parseHttpDate(`Sunday, 06-Nov-${year} 08:49:37 GMT`, in2026) ?? Number.NaN).getUTCFullYear()
    expect(['94', '26', '27', '70', '75', '77', '00'].map(yearOf)).toEqual([1994, 2026, 2027, 2070, 2075, 1977, 2000])
  })

  it.each([
    'Sun, 06 Nov 1994 24:49:37 GMT',
    'Sun, 32 Nov 1994 08:49:37 GMT',
    'Sun, 06 Now 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 CET',
    '-5',
    '',
  ])('that reads %j says nothing', (header) => {
    expect(parseRetryAfter(header, 0)).toBeUndefined()
  })
})
