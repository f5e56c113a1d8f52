import { describe, expect, it } from 'vitest'
import { isScenario, rehearse } from 'watertight/simulation'
import { LiveDay } from './live-day.ts'
import { liveRun, liveRunOf } from './live-run.ts'

const SMALL = { rate: 20, spike: 90, seconds: 9 }

describe('the live run on the simulator', () => {
  it('acknowledges orders while payments hangs, and disturbs nobody else', async () => {
    const run = await rehearse(liveRunOf(SMALL), { seed: 4, control: false })
    expect(run.verdict.conditions.filter(({ held }) => !held)).toEqual([])
    expect(run.broken).toEqual([])
    const [breaker] = run.pipelines['orders to payments']?.breakers ?? []
    expect(breaker?.bands.map(({ state }) => state)).toContain('open')
    expect(run.faults.map(({ what }) => what)).toEqual(['payments hangs', 'payments is killed', 'payments is back'])
  })

  it('asks for exactly what the real run asks for', async () => {
    const day = new LiveDay(SMALL, 4)
    const { routes } = await rehearse(liveRunOf(SMALL), { seed: 4, control: false })
    for (const route of ['browse', 'search', 'sign-in', 'order'] as const) {
      expect(routes[route]?.totals.offered).toBe(day.of(route).length)
    }
    expect(new LiveDay(SMALL, 4).scheduleHash).toBe(day.scheduleHash)
    expect(new LiveDay(SMALL, 5).scheduleHash).not.toBe(day.scheduleHash)
  })

  it('is there for the command line, with the usual rates', () => {
    expect([isScenario(liveRun), liveRun.name]).toEqual([true, 'live run'])
  })

  it('does the same again with the same seed, on the real saga engine', async () => {
    const [first, again] = [
      await rehearse(liveRunOf(SMALL), { seed: 'a', control: false }),
      await rehearse(liveRunOf(SMALL), { seed: 'a', control: false }),
    ]
    expect(again.traceHash).toBe(first.traceHash)
  })
})
