import { describe, expect, it } from 'vitest'
import { Tally } from './tally.ts'

const PHASES = [{ name: 'spike', seconds: 1, rate: 1 }]

describe('Tally', () => {
  const browse = (
    milliseconds: readonly number[],
    failures: number,
  ): ReturnType<Tally['result']>['phases'][string]['browse'] | undefined => {
    const tally = new Tally(PHASES)
    for (const ms of milliseconds) {
      tally.offered(0, 'browse', 0)
      tally.succeeded(0, 'browse', ms)
    }
    for (let i = 0; i < failures; i++) {
      tally.offered(0, 'browse', 0)
      tally.failed('CIRCUIT_OPEN')
    }
    return tally.result('hash').phases['spike']?.browse
  }

  it('tells quantiles from the scheduled instants', () => {
    const figures = browse(
      Array.from({ length: 100 }, (_, index) => index + 1),
      0,
    )
    expect(figures?.success).toBe(1)
    expect(figures?.p50).toBeCloseTo(50, 0)
    expect(figures?.p99).toBeCloseTo(99, 0)
  })

  it('counts a failure as infinitely slow', () => {
    const figures = browse(
      Array.from({ length: 98 }, () => 1),
      2,
    )
    expect(figures).toMatchObject({ offered: 100, succeeded: 98, success: 0.98, p99: null })
    expect(figures?.p50).toBeCloseTo(1, 1)
  })

  it('still tells the p99 when fewer than one in a hundred failed', () => {
    expect(
      browse(
        Array.from({ length: 199 }, () => 5),
        1,
      )?.p99,
    ).toBeCloseTo(5, 1)
  })

  it('has an infinite median when most failed', () => {
    expect(browse([1], 2)?.p50).toBeNull()
  })

  it('calls a route that was not used successful', () => {
    expect(browse([], 0)).toMatchObject({ offered: 0, success: 1, p99: 0 })
  })

  it('does not call a rejected order slow, nor a success', () => {
    const tally = new Tally(PHASES)
    tally.offered(0, 'order', 0)
    tally.rejected(0, 'order', 7)
    const figures = tally.result('hash').phases['spike']?.order
    expect(figures).toMatchObject({ offered: 1, succeeded: 0, success: 0 })
    expect(figures?.p99).toBeCloseTo(7, 1)
  })

  it('keeps lateness, causes and answers to orders', () => {
    const tally = new Tally(PHASES)
    tally.offered(0, 'order', 12)
    tally.order('pending')
    tally.failed('BULKHEAD_FULL')
    const result = tally.result('hash')
    expect(result.lateness.max).toBeCloseTo(12, 0)
    expect(result).toMatchObject({ orders: { pending: 1 }, refusedByCause: { BULKHEAD_FULL: 1 }, scheduleHash: 'hash' })
  })
})
