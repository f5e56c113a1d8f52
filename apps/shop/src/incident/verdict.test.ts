import { describe, expect, it } from 'vitest'
import type { Route } from '../load/route.ts'
import type { RouteFigures } from '../load/tally.ts'
import { containedRecord, figures } from './planted-record.fixture.ts'
import type { RunRecord } from './record.ts'
import { exitCodeOf, judge } from './verdict.ts'

/** A contained run in which one route did otherwise in one phase. */
function planted(phase: string, route: Route, changes: Partial<RouteFigures>): RunRecord {
  const record = containedRecord()
  const before = record.phases[phase]
  if (before === undefined) throw new RangeError(phase)
  return { ...record, phases: { ...record.phases, [phase]: { ...before, [route]: { ...before[route], ...changes } } } }
}

describe('the verdict', () => {
  it('is contained when everything holds, without a reason', () => {
    expect(judge(containedRecord())).toEqual({ verdict: 'contained', reasons: [] })
  })

  it.each([
    [
      'browse fails before',
      planted('before', 'browse', { success: 0.998 }),
      /browse, before: 99.8% succeeded, at least 99.9% is right/,
    ],
    ['search fails in the spike', planted('spike', 'search', { success: 0.9 }), /search, spike: 90% succeeded/],
    ['sign-in fails after', planted('after', 'sign-in', { success: 0.5 }), /sign-in, after: 50% succeeded/],
    [
      'browse is slow in the spike',
      planted('spike', 'browse', { p99: 51 }),
      /browse, spike: p99 51 ms, at most 50 ms is right/,
    ],
    ['search is infinitely slow', planted('spike', 'search', { p99: null }), /search, spike: p99 infinite/],
    [
      'orders are not acknowledged',
      planted('spike', 'order', { success: 0.949 }),
      /94.9% of the orders in the spike were acknowledged/,
    ],
    ['orders do not finish', containedRecord({ completed: 2_200, compensated: 10 }), /98.22% of the accepted orders/],
    [
      'no order is accepted',
      containedRecord({ accepted: 0, completed: 0, compensated: 0 }),
      /0% of the accepted orders/,
    ],
    ['too many wait for a person', containedRecord({ parked: 12 }), /12 of 2250 accepted orders wait for a person/],
    [
      'one waits without a cause',
      containedRecord({ parked: 1, parkedWithoutCause: 1 }),
      /1 orders wait for a person without a cause/,
    ],
    ['an order is lost', containedRecord({ lost: 1 }), /1 accepted orders are lost/],
    ['an order is charged twice', containedRecord({ chargedTwice: 1 }), /1 orders were charged twice/],
    [
      'an order is charged after a refusal',
      containedRecord({ chargedAfterRefusal: 2 }),
      /2 orders were charged after they had been refused/,
    ],
    [
      'a process dies by itself',
      containedRecord({ unexpectedExits: ['users ended by itself (exit code 1)'] }),
      /users ended by itself/,
    ],
  ])('is not contained when %s', (_, record, reason) => {
    const { verdict, reasons } = judge(record)
    expect(verdict).toBe('not contained')
    expect(reasons).toEqual([expect.stringMatching(reason)])
  })

  it.each([
    'STOCK_LEAK',
    'MONEY_MISMATCH',
    'MISSING_REFUND',
    'WRONG_AMOUNT',
    'COMPLETED_UNPAID',
    'COMPLETED_UNSHIPPED',
  ] as const)('is not contained when the audit finds a %s', (kind) => {
    const { audit } = containedRecord()
    const record = containedRecord({ audit: { ...audit, counts: { ...audit.counts, [kind]: 3 } } })
    expect(judge(record)).toEqual({ verdict: 'not contained', reasons: [`the audit found 3 x ${kind}`] })
  })

  it('lets a spike be three times as slow as before when that is more than 50 ms', () => {
    const { phases } = containedRecord()
    const before = { ...phases['before'], browse: figures(400, { p99: 20 }) }
    const withSpike = (p99: number): RunRecord => {
      const record = planted('spike', 'browse', { p99 })
      return {
        ...record,
        phases: { ...record.phases, before: { ...record.phases['before'], ...before } as RunRecord['phases'][string] },
      }
    }
    expect(judge(withSpike(60)).verdict).toBe('contained')
    expect(judge(withSpike(61)).verdict).toBe('not contained')
  })

  it('is inconclusive when the load itself was late, with its own exit code', () => {
    const { verdict, reasons } = judge({
      ...planted('spike', 'browse', { p99: 900 }),
      lateness: { p50: 1, p99: 15.1, max: 80 },
    })
    expect(verdict).toBe('inconclusive: machine busy')
    expect(reasons).toEqual([expect.stringMatching(/requests were sent late: p99 15.1 ms, at most 15 ms is right/)])
    expect(exitCodeOf(verdict)).toBe(3)
  })

  it('is inconclusive when the shop was slow while others used the processors', () => {
    const slow = planted('spike', 'browse', { p99: 900 })
    expect(judge({ ...slow, machineUsedByOthers: 0.2 }).verdict).toBe('not contained')
    expect(judge({ ...slow, machineUsedByOthers: null }).verdict).toBe('not contained')
    const { verdict, reasons } = judge({ ...slow, machineUsedByOthers: 0.21 })
    expect(verdict).toBe('inconclusive: machine busy')
    expect(reasons[0]).toMatch(/others used 21% of the machine's processor time, at most 20% is right/)
  })

  it('is contained when it went well although others used the processors', () => {
    expect(judge(containedRecord({ machineUsedByOthers: 0.5 })).verdict).toBe('contained')
  })

  it('does not let a busy machine excuse a lost order', () => {
    const busy = { lateness: { p50: 1, p99: 99, max: 99 }, machineUsedByOthers: 0.9 }
    expect(judge(containedRecord({ lost: 1, ...busy })).verdict).toBe('not contained')
  })

  it.each([
    [
      'requests before',
      planted('before', 'browse', { offered: 200 }),
      /400 browse, search and sign-in requests before the spike, at least 500/,
    ],
    [
      'requests in the spike',
      containedRecord({
        phases: {
          ...containedRecord().phases,
          spike: { browse: figures(4_000), search: figures(500), 'sign-in': figures(499), order: figures(2_000) },
        },
      }),
      /4999 browse, search and sign-in requests in the spike, at least 5000/,
    ],
    ['orders', containedRecord({ offered: 999 }), /999 orders, at least 1000/],
    [
      'lost answers',
      containedRecord({ injected: { answerLost: 19, lateCharged: 20 } }),
      /19 charges whose answer was lost, at least 20/,
    ],
    ['late charges', containedRecord({ injected: { answerLost: 20 } }), /0 charges made late, at least 20/],
  ])('proves nothing with too few %s, and names the minimum', (_, record, reason) => {
    const enough = judge(record)
    expect(enough.verdict).toBe('inconclusive: too few samples')
    expect(enough.reasons).toEqual([expect.stringMatching(reason)])
    expect(exitCodeOf(enough.verdict)).toBe(3)
  })

  it('is exit code 0 when contained, 1 when not', () => {
    expect(exitCodeOf('contained')).toBe(0)
    expect(exitCodeOf('not contained')).toBe(1)
  })
})
