import { describe, expect, it } from 'vitest'
import { readSeed, readSeeds } from './seeds.ts'

describe('seeds on the command line', () => {
  it('are numbers or words', () => {
    expect([readSeed('7'), readSeed('monday'), readSeed('99999999999999999999')]).toEqual([
      7,
      'monday',
      '99999999999999999999',
    ])
  })

  it('are a range, a list or one', () => {
    expect(readSeeds('3..5')).toEqual([3, 4, 5])
    expect(readSeeds('3, 7,3,x')).toEqual([3, 7, 'x'])
    expect(readSeeds('9')).toEqual([9])
  })

  it.each(['5..3', '1..x', '..', '', '1,,2', '0..99999'])(
    'are refused as %s, and it is said what would be right',
    (text) => {
      expect(() => readSeeds(text)).toThrow(/write|at most/)
    },
  )
})
