import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RouteRecorder } from './route-recorder.ts'
import { Steps } from './steps.ts'

const phases = [
  { name: 'before', fromMs: 0, toMs: 2_000 },
  { name: 'spike', fromMs: 2_000, toMs: 4_000 },
]
const recorder = () => new RouteRecorder('order', new Steps(5_000, 1_000), phases)

describe('a route', () => {
  it('is told step by step: arrivals when they were due, answers when they came', () => {
    const route = recorder()
    route.offered(500)
    route.attempted(500, true)
    route.offered(900)
    route.attempted(900, true)
    route.succeeded(500, 1_500)
    route.abandoned(1_900)
    route.attempted(1_900, false)
    route.failed(900, 3_100, 'TIMED_OUT')
    expect(route.series()).toMatchObject({
      offered: [2, 0, 0, 0, 0],
      succeeded: [0, 1, 0, 0, 0],
      succeededOfOffered: [1, 0, 0, 0, 0],
      failed: [0, 0, 0, 1, 0],
      refused: { TIMED_OUT: [0, 0, 0, 1, 0] },
      attempts: [2, 1, 0, 0, 0],
      abandoned: [0, 1, 0, 0, 0],
      p50Ms: [null, expect.closeTo(1_000, -1), null, null, null],
      totals: {
        offered: 2,
        succeeded: 1,
        failed: 1,
        attempts: 3,
        firstTries: 2,
        abandoned: 1,
        unfinished: 0,
        maxMs: 1_000,
      },
    })
  })

  it('counts a request in the phase in which it was due, whenever it was answered', () => {
    const route = recorder()
    route.offered(1_999)
    route.offered(2_000)
    route.succeeded(1_999, 4_500)
    const { byPhase } = route.series()
    expect(byPhase['before']).toMatchObject({ offered: 1, succeeded: 1, p99Ms: expect.closeTo(2_501, -1) as number })
    expect(byPhase['spike']).toMatchObject({ offered: 1, succeeded: 0, unfinished: 1, p99Ms: null })
  })

  it('takes what is answered at the very end of the run for the last step', () => {
    const route = recorder()
    route.offered(4_999)
    route.succeeded(4_999, 5_000)
    expect(route.series().succeeded).toEqual([0, 0, 0, 0, 1])
  })

  it('loses no request, whatever becomes of it', () => {
    const requests = fc.array(
      fc.record({
        due: fc.integer({ min: 0, max: 4_999 }),
        took: fc.integer({ min: 0, max: 5_000 }),
        fine: fc.boolean(),
      }),
    )
    fc.assert(
      fc.property(requests, (given) => {
        const route = recorder()
        for (const { due } of given.toSorted((a, b) => a.due - b.due)) route.offered(due)
        const answered = given.map((one) => ({ ...one, at: one.due + one.took })).filter(({ at }) => at <= 5_000)
        for (const { due, at, fine } of answered.toSorted((a, b) => a.at - b.at)) {
          if (fine) route.succeeded(due, at)
          else route.failed(due, at, 'FAILED')
        }
        const { offered, succeeded, failed, succeededOfOffered, totals } = route.series()
        const sum = (series: readonly number[]): number => series.reduce((a, b) => a + b, 0)
        expect(totals).toMatchObject({ offered: given.length, succeeded: sum(succeeded), failed: sum(failed) })
        expect(sum(offered)).toBe(given.length)
        expect(sum(succeededOfOffered)).toBe(totals.succeeded)
        expect(totals.unfinished).toBe(given.length - answered.length)
      }),
    )
  })
})
