import { describe, expect, it } from 'vitest'
import { sparkline } from './sparkline.ts'

describe('a sparkline', () => {
  it('goes from 0 to the most, with blanks where nothing was measured', () => {
    expect(sparkline([0, 5, 10, null], 4, 10)).toBe('▁▅█ ')
  })

  it('keeps every peak when it is narrower than the series', () => {
    const values = Array.from({ length: 600 }, (_, second) => (second === 317 ? 9 : 0))
    expect(sparkline(values, 10, 9)).toBe('▁▁▁▁▁█▁▁▁▁')
  })

  it('is flat where there is nothing, and never wider than the series', () => {
    expect(sparkline([0, 0], 10, 0)).toBe('▁▁')
    expect(sparkline([], 10, 1)).toBe('')
  })
})
