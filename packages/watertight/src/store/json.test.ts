import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeJson, encodeJson } from './json.ts'

/** Any string, lone surrogates and NUL included. */
const anyString = fc.array(fc.nat({ max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units))

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    anyString,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(anyString, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

describe('the JSON of payloads', () => {
  it('comes back exactly, whatever its strings', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(decodeJson(encodeJson('data', value))).toStrictEqual(value)
      }),
    )
  })

  it('is text that every database keeps: well-formed, and without NUL', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = encodeJson('data', value)
        expect(text?.isWellFormed()).toBe(true)
        expect(text).not.toContain('\0')
      }),
    )
  })
})
