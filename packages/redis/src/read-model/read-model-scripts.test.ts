import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeEntry, encodeEntry } from './read-model-scripts.ts'

it('An entry gives back the place and the row it was made of, whatever the row is', () => {
  fc.assert(
    fc.property(fc.nat(), fc.jsonValue(), (at, row) => {
      expect(decodeEntry(encodeEntry(at, row))).toEqual({ at, row: JSON.parse(JSON.stringify(row)) })
    }),
  )
})

it('An entry of a deleted row has a place and no row', () => {
  expect(decodeEntry(encodeEntry(7, undefined))).toEqual({ at: 7 })
})
