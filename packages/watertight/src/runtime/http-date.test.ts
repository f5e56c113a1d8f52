import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHttpDate } from './http-date.ts'

describe('a date of HTTP', () => {
  it('is the one that the platform would send', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), (date) => {
        expect(parseHttpDate(date.toUTCString(), 0)).toBe(Math.floor(date.getTime() / 1_000) * 1_000)
      }),
    )
  })

  it('takes a two-digit year that seems to be more than 50 years ahead for one of the past', () => {
    const in2026 = Date.UTC(2026, 10, 21)
    const yearOf = (year: string): number =>
      new Date(parseHttpDate(`Sunday, 06-Nov-${year} 08:49:37 GMT`, in2026) ?? Number.NaN).getUTCFullYear()
    expect(['94', '26', '27', '70', '75', '77', '00'].map(yearOf)).toEqual([1994, 2026, 2027, 2070, 2075, 1977, 2000])
  })

  it('may be a leap second', () => {
    expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', 0)).toBe(Date.UTC(2017, 0, 1))
  })
})
