import { describe, expect, it } from 'vitest'
import { World } from '../kernel/world.ts'
import { type ClientCall, ClosedClients, type ClosedClientsOptions } from './closed-clients.ts'
import { constant, exponential } from './laws.ts'
import { directScope } from './request-scope.ts'
import { ServiceModel } from './service-model.ts'

const setUp = (options: Partial<ClosedClientsOptions> = {}, pool = 1) => {
  const world = new World({ seed: 7 })
  const service = new ServiceModel(world, 'service', { pool, serviceTime: constant(10) })
  const calls: ClientCall[] = []
  const clients = new ClosedClients(world, 'clients', {
    clients: 3,
    thinkTime: constant(100),
    run: (call) => {
      calls.push(call)
      return service.request(directScope(world, call))
    },
    ...options,
  })
  return { world, service, clients, calls }
}

describe('closed clients', () => {
  it('think, ask, wait for the answer, and think again', async () => {
    const { world, clients, calls } = setUp({}, 3)
    clients.start()
    clients.start()
    await world.runUntil(105)
    expect([calls.length, clients.waiting]).toEqual([3, 3])
    await world.runUntil(209)
    expect(calls).toHaveLength(3)
    await world.runUntil(221)
    expect(clients.counters).toEqual({ succeeded: 6, failed: 0 })
    expect(calls.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5])
    expect(calls.at(-1)).toEqual({ id: 5, client: 2, round: 1 })
  })

  it('ask less often when answers take longer: as many a second as there are clients in a round', async () => {
    const { world, service, clients } = setUp({ clients: 50, thinkTime: exponential({ mean: 100 }) })
    clients.start()
    await world.runUntil(20_000)
    // The one worker is never idle: 100 a second, where 50 clients that waited for nothing would ask 500 times.
    expect(service.counters.served / 20).toBeCloseTo(100, -1)
    expect(service.gauges.queued).toBeLessThan(50)
  })

  it('go on when a request fails', async () => {
    const { world, clients } = setUp({ run: () => Promise.reject(new Error('no')), clients: 1 })
    clients.start()
    await world.runUntil(1_000)
    expect(clients.counters).toEqual({ succeeded: 0, failed: 10 })
  })

  it('come one after the other, when told to', async () => {
    const { world, clients, calls } = setUp({ over: '3s' }, 3)
    clients.start()
    await world.runUntil(1_050)
    expect(calls.filter(({ round }) => round === 0)).toHaveLength(1)
    await world.runUntil(2_150)
    expect(calls.filter(({ round }) => round === 0)).toHaveLength(3)
  })

  it('stop after so many rounds, or when told', async () => {
    const limited = setUp({ rounds: 2 }, 3)
    limited.clients.start()
    await limited.world.runUntil(10_000)
    expect(limited.calls).toHaveLength(6)
    const stopped = setUp({}, 3)
    stopped.clients.start()
    stopped.world.schedule(105, () => stopped.clients.stop())
    await stopped.world.runUntil(10_000)
    expect(stopped.clients.counters.succeeded).toBe(3)
    expect(stopped.world.pendingTimers).toBe(0)
  })

  it.each<readonly [Partial<ClosedClientsOptions>, RegExp]>([
    [{ clients: 0 }, /clients must be a positive whole number/],
    [{ rounds: 0 }, /rounds must be a positive whole number/],
    [{ run: 5 as never }, /run must be a function/],
    [{ thinkTime: '5s' as never }, /thinkTime must be a law of time/],
    [{ think: 5 } as never, /closed clients has no option think/],
  ])('refuse %j', (options, message) => {
    expect(() => setUp(options)).toThrow(message)
  })
})
