import { describe, expect, it } from 'vitest'
import { readDeadline, writeDeadline } from './deadline.ts'

const at = (now: number): { now: () => number } => ({ now: () => now })

describe('the deadline header', () => {
  it('carries what remains, so that the clocks of the two sides need not agree', () => {
    const sent = writeDeadline(5_000, at(4_000))
    expect(sent).toBe('1000')
    expect(readDeadline(sent, at(77))).toBe(1_077)
  })

  it('never gives the other side more than there is', () => {
    expect(writeDeadline(1_000.9, at(0))).toBe('1000')
  })

  it('is 0 once the deadline has passed, so that the other side drops the work', () => {
    expect(writeDeadline(100, at(5_000))).toBe('0')
    expect(readDeadline('0', at(50))).toBe(50)
  })

  it.each([undefined, Infinity])('is not sent for a deadline of %s', (deadline) => {
    expect(writeDeadline(deadline, at(0))).toBeUndefined()
  })

  it('can be read again, however far the deadline is', () => {
    const sent = writeDeadline(Number.MAX_VALUE, at(0))
    expect(readDeadline(sent, at(0))).toBeGreaterThan(1e14)
  })

  it.each([undefined, null, '', ' ', '-5', '1.5', 'soon', 'NaN', 'Infinity', '0x10', '1e3', '9'.repeat(40), []])(
    'of %j is ignored: a malformed header of a stranger fails no request',
    (value) => {
      expect(readDeadline(value, at(0))).toBeUndefined()
    },
  )

  it.each([['300, 200'], [['300', '200']], [['nonsense', '200']], ['200,']])(
    'sent several times (%j) means the shortest',
    (value) => {
      expect(readDeadline(value, at(1_000))).toBe(1_200)
    },
  )
})
