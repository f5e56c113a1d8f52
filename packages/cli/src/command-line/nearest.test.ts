import { describe, expect, it } from 'vitest'
import { didYouMean, nearest } from './nearest.ts'

describe('the name that was most likely meant', () => {
  it.each([
    ['valentin.ts', 'valentine.ts'],
    ['Valentine.ts', 'valentine.ts'],
    ['vlaentine.ts', 'valentine.ts'],
    ['quietday.ts', 'quiet-day.ts'],
  ])('for %s is %s', (given, meant) => {
    expect(nearest(given, ['quiet-day.ts', 'valentine.ts'])).toBe(meant)
  })

  it('is none where all are far away, or the name is too short to tell', () => {
    expect(nearest('something-else.ts', ['valentine.ts'])).toBeUndefined()
    expect(nearest('a', ['b'])).toBeUndefined()
    expect(didYouMean('x', [])).toBe('')
  })
})
