import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from './retry-after.ts'

describe('Retry-After', () => {
  it('is seconds or a date', () => {
    expect(parseRetryAfter('120', 0)).toBe(120_000)
    expect(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', 784_111_770_000)).toBe(7_000)
    expect(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT', 984_111_770_000)).toBe(0)
    expect(parseRetryAfter('soon', 0)).toBeUndefined()
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
