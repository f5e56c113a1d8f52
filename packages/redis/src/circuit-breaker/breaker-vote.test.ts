import { describe, expect, it } from 'vitest'
import { majorityOpens, voteOf } from './breaker-vote.ts'

const closed = { circuit: 'closed', mode: 'normal', calls: 7, retryAfterMs: undefined, probes: 0 } as const

describe('the vote of a process', () => {
  it.each([
    ['open', 'its breaker is open', { circuit: 'open', retryAfterMs: 5 }],
    ['open', 'it is probing', { circuit: 'half-open', probes: 1 }],
    ['closed', 'it has seen calls and is closed', {}],
    ['none', 'it has seen no calls', { calls: 0 }],
    ['none', 'it may probe, but nobody calls', { circuit: 'open', retryAfterMs: 0 }],
    ['none', 'it is half-open, but nobody calls', { circuit: 'half-open', probes: 0 }],
    ['none', 'it follows others, or was set by hand', { mode: 'isolated', circuit: 'open' }],
    ['none', 'it does not look', { mode: 'disabled' }],
  ] as const)('is %s when %s', (vote, _why, state) => {
    expect(voteOf({ ...closed, ...state })).toBe(vote)
  })
})

describe('the decision', () => {
  it.each([
    [false, 0, 0],
    [false, 1, 0],
    [true, 2, 0],
    [false, 1, 1],
    [true, 2, 1],
    [false, 2, 2],
    [false, 0, 9],
  ])('is %s with %s open and %s closed', (opens, open, shut) => {
    expect(majorityOpens(open, shut, 2)).toBe(opens)
  })
})
