import { describe, expect, it } from 'vitest'
import { atShare, type Quantiles } from './quantiles.ts'

const CURVE: Quantiles = [
  [0, 1],
  [0.25, 1],
  [0.5, 11],
  [1, 31],
]

describe('atShare', () => {
  it.each([
    [0, 1],
    [0.2, 1],
    [0.25, 1],
    [0.5, 11],
    [0.75, 21],
    [1, 31],
  ])('gives share %s of the distribution the value %s', (share, value) => {
    expect(atShare(CURVE, share)).toBe(value)
  })
})
