import { describe, expect, it } from 'vitest'
import { sendAll, setUpService } from './service-bench.fixture.ts'

describe('what can go wrong by script', () => {
  it('a freeze stops all work for so long, and keeps what was done of it', async () => {
    const bench = setUpService({ pool: 2 })
    sendAll(bench, 3)
    bench.world.schedule(4, () => bench.service.freeze(100))
    bench.send(4, 50)
    await bench.world.runUntil(1_000)
    expect(bench.log).toEqual(['1 at 110', '2 at 110', '3 at 120', '4 at 120'])
  })

  it('freezes that overlap last until the later end', async () => {
    const bench = setUpService()
    bench.send(1, 0)
    bench.world.schedule(2, () => bench.service.freeze(100))
    bench.world.schedule(50, () => bench.service.freeze(10))
    bench.world.schedule(90, () => bench.service.freeze(100))
    await bench.world.runUntil(1_000)
    expect(bench.log).toEqual(['1 at 198'])
  })

  it('a hang takes requests and answers none, until it ends', async () => {
    const bench = setUpService()
    bench.service.freeze(Infinity)
    sendAll(bench, 2)
    await bench.world.runUntil(1_000)
    expect([bench.log, bench.service.gauges.queued]).toEqual([[], 2])
    bench.service.resume()
    await bench.world.runUntil(2_000)
    expect(bench.log).toEqual(['1 at 1010', '2 at 1020'])
  })

  it('a crash ends a hang, with what hung in it', async () => {
    const bench = setUpService({ restart: 100 })
    bench.send(1, 0)
    bench.world.schedule(5, () => bench.service.freeze(Infinity))
    bench.world.schedule(50, () => bench.service.crash())
    bench.send(2, 200)
    await bench.world.runUntil(1_000)
    expect(bench.log).toEqual(['1 CONNECTION_LOST at 50', '2 at 210'])
  })

  it('slow work takes longer from now on, and normal again when told', async () => {
    const bench = setUpService()
    bench.service.slow(5)
    bench.send(1, 0)
    bench.world.schedule(20, () => bench.service.slow(1))
    bench.send(2, 60)
    await bench.world.runUntil(1_000)
    expect(bench.log).toEqual(['1 at 50', '2 at 70'])
  })

  it('a share of requests fails, the same ones each time', async () => {
    const failed = async (): Promise<string[]> => {
      const bench = setUpService({ pool: 1_000 })
      bench.service.failing(0.3)
      sendAll(bench, 1_000)
      await bench.world.runUntil(100)
      return bench.log.filter((line) => line.includes('SERVICE_FAILED'))
    }
    const first = await failed()
    expect(Math.abs(first.length - 300)).toBeLessThan(60)
    expect(await failed()).toEqual(first)
  })
})
