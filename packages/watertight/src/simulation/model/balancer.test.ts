import { describe, expect, it } from 'vitest'
import { constant } from './laws.ts'
import { directScope } from './request-scope.ts'
import { setUpService } from './service-bench.fixture.ts'
import type { ServiceOptions } from './service-options.ts'

describe('requests are spread over instances', () => {
  const spread = async (balancing: ServiceOptions['balancing'], count: number): Promise<number[]> => {
    const { world, service } = setUpService({
      instances: 4,
      pool: 1_000,
      balancing: balancing ?? 'random',
      serviceTime: constant('1h'),
    })
    for (let id = 0; id < count; id++) void service.request(directScope(world, { id })).catch(() => {})
    const lost = [0, 1, 2, 3].map((instance) => {
      service.crash(instance)
      return service.counters.crashes.at(-1)?.lost ?? 0
    })
    await world.runUntil(1)
    return lost
  }

  it('in turn', async () => {
    expect(await spread('round-robin', 10)).toEqual([3, 3, 2, 2])
  })

  it('to the one that has the fewest', async () => {
    expect(await spread('least-requests', 10)).toEqual([3, 3, 2, 2])
  })

  it('by chance', async () => {
    for (const count of await spread('random', 4_000)) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })

  it('to the less busy of two that are drawn, which is far more even', async () => {
    for (const count of await spread('two-choices', 4_000)) expect(Math.abs(count - 1_000)).toBeLessThan(15)
  })
})
