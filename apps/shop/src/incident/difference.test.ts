import { describe, expect, it } from 'vitest'
import { differences } from './difference.ts'

describe('the difference of two option objects', () => {
  it('is nothing between equal ones', () => {
    expect(differences({ a: { b: [1] } }, { a: { b: [1] } })).toEqual([])
  })

  it('names the path of each value that differs', () => {
    expect(differences({ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } })).toEqual([
      { option: 'a.c', protected: 2, unprotected: 3 },
    ])
  })

  it('names what only one side has, as a whole', () => {
    expect(differences({ a: { b: 1 } }, { c: 2 })).toEqual([
      { option: 'a', protected: { b: 1 }, unprotected: undefined },
      { option: 'c', protected: undefined, unprotected: 2 },
    ])
  })
})
