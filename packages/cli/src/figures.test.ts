import { describe, expect, it } from 'vitest'
import { figure, instant, share, time } from './figures.ts'

describe('figures for people', () => {
  it.each([
    [0, '0'],
    [7, '7'],
    [0.123_45, '0.123'],
    [99.96, '100'],
    [1_234.5, '1,235'],
    [15_000, '15,000'],
    [1_234_567, '1,234,567'],
    [3e12, '3.00e+12'],
    [-1_234, '−1,234'],
    [-0, '0'],
    [null, '–'],
    [Number.NaN, '–'],
    [Infinity, '–'],
  ])('%s reads %s', (value, text) => {
    expect(figure(value)).toBe(text)
  })

  it('a long time is told in seconds', () => {
    expect([time(12.3), time(9_999), time(30_400), time(null)]).toEqual(['12.3 ms', '9,999 ms', '30.4 s', '–'])
    expect(instant(90_500)).toBe('90.5 s')
  })

  it('what is less than all never reads as 100%', () => {
    expect([share(1), share(0.999_99), share(0.29), share(0), share(Number.NaN)]).toEqual([
      '100.0%',
      '99.9%',
      '29.0%',
      '0.0%',
      '–',
    ])
  })
})
