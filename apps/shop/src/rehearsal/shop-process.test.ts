import { describe, expect, it } from 'vitest'
import { pipeline } from 'watertight'
import { evenly, rehearse, type RunRecord, scenario, type Simulation } from 'watertight/simulation'
import { pause } from './pause.ts'
import { ShopProcess } from './shop-process.ts'

/** Ten requests a second for 10 s, whose work beside the thread takes 200 ms. */
const dayOf = (happen: (one: ShopProcess, sim: Simulation) => void): Promise<RunRecord> =>
  rehearse(
    scenario('one process', {}, (sim) => {
      const one = new ShopProcess(sim, 'payments', 2)
      const calling = sim.pipeline(pipeline('calling'))
      sim.load('call', { rate: evenly({ rate: 10 }) }, (call) =>
        calling.run((scope) => one.serve(scope, () => pause(sim.runtime, 200)), call),
      )
      happen(one, sim)
      return sim.until('10s')
    }),
  )

describe('a simulated process', () => {
  it('answers after its thread and its work', async () => {
    const { routes } = await dayOf(() => {})
    expect(routes['call']?.totals).toMatchObject({ failed: 0, unfinished: 2 })
    expect(routes['call']?.totals.p50Ms).toBeCloseTo(202, -1)
  })

  it('waits before it does anything while it hangs', async () => {
    const { routes } = await dayOf((one, sim) => sim.at('2s', 'hangs', () => one.hang(3_000)))
    expect(routes['call']?.p50Ms.map((ms) => ms && Math.round(ms / 1_000))).toEqual([
      0,
      0,
      0,
      null,
      null,
      3,
      3,
      3,
      3,
      3,
    ])
  })

  it('takes everything under way along when it is killed, refuses until it is back, and is well then', async () => {
    const { routes } = await dayOf((one, sim) => {
      sim.at('2s', 'hangs', () => one.hang(30_000))
      sim.at('4s', 'is killed', () => one.kill())
      sim.at('6s', 'is back', () => one.restart())
    })
    const { refused, succeeded, totals } = routes['call'] as NonNullable<(typeof routes)[string]>
    expect(refused['CONNECTION_LOST']?.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(20)
    expect(refused['CONNECTION_FAILED']?.slice(4, 6).reduce((a, b) => a + b)).toBeGreaterThanOrEqual(18)
    expect(succeeded.slice(7)).toEqual([10, 10, expect.any(Number)])
    expect(totals.unfinished).toBe(2)
  })
})
