import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TraceHash } from './trace-hash.ts'

const digest = (...parts: readonly (number | string)[]): string => {
  const hash = new TraceHash()
  for (const part of parts) {
    if (typeof part === 'number') hash.number(part)
    else hash.text(part)
  }
  return hash.digest()
}

describe('TraceHash', () => {
  it('is the same for the same parts, and stays what it is today', () => {
    expect(digest(0.1, 'served', -0)).toBe(digest(0.1, 'served', -0))
    expect(digest(1, 'served', Math.PI)).toBe('742dbae4ea069ef4')
  })

  it('tells apart what differs in the last bit, in order or in where a text ends', () => {
    const all = [
      digest(0.3),
      digest(0.1 + 0.2),
      digest(0, 1),
      digest(1, 0),
      digest(0),
      digest(-0),
      digest('ab', 'c'),
      digest('a', 'bc'),
      digest(''),
      digest(),
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  it('does not depend on which of the many NaNs it is given', () => {
    const other = new Float64Array(new BigUint64Array([0xfff8_0000_0000_0001n]).buffer)[0] as number
    expect(digest(other)).toBe(digest(Number.NaN))
  })

  it('has no collision among short traces', () => {
    const part = fc.oneof(fc.double(), fc.string({ maxLength: 3 }))
    const traces = fc.uniqueArray(fc.array(part, { maxLength: 3 }), {
      maxLength: 200,
      selector: (trace) => trace.map((one) => `${typeof one} ${Object.is(one, -0) ? '-0' : one}`).join('|'),
    })
    fc.assert(
      fc.property(traces, (all) => {
        expect(new Set(all.map((trace) => digest(...trace))).size).toBe(all.length)
      }),
      { numRuns: 30 },
    )
  })
})
