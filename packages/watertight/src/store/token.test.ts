import { describe, expect, it } from 'vitest'
import { positionOfToken, tokenOf } from './token.ts'

describe('a token', () => {
  it.each([0, 1, 42, Number.MAX_SAFE_INTEGER])('stands for position %s in its own incarnation', (position) => {
    expect(positionOfToken('here', tokenOf('here', position))).toBe(position)
    expect(positionOfToken('there', tokenOf('here', position))).toBeUndefined()
  })

  it.each(['', 'here', 'here.', 'here.-1', 'here.1.5', 'here.!', 'here.zzzzzzzzzzzzzz'])('is not %j', (token) => {
    expect(positionOfToken('here', token)).toBeUndefined()
  })
})
