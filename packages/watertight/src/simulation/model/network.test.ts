import { describe, expect, it } from 'vitest'
import { pipeline } from '../../resilience/pipeline.ts'
import { fixed } from '../../resilience/retry/backoff.ts'
import { retry } from '../../resilience/retry/retry.ts'
import { timeout } from '../../resilience/timeout/timeout.ts'
import { CancelSource } from '../../runtime/cancellation.ts'
import { World } from '../kernel/world.ts'
import { constant, uniform } from './laws.ts'
import { type LinkOptions, Network } from './network.ts'
import { directScope } from './request-scope.ts'
import { ServiceModel } from './service-model.ts'
import type { ServiceOptions } from './service-options.ts'

const setUp = (standard: LinkOptions = {}, options: Partial<ServiceOptions> = {}) => {
  const world = new World({ seed: 7 })
  const network = new Network(world, standard)
  const service = new ServiceModel(world, 'payment', { pool: 1_000, serviceTime: constant(10), ...options })
  const ask = (id: number, cancel = new CancelSource()): Promise<number> =>
    network
      .request('orders', 'payment', directScope(world, { id, cancel }), (there) => service.request(there))
      .then(() => world.now())
  return { world, network, service, ask }
}

describe('a network', () => {
  it('takes its time on both ways', async () => {
    const { world, network, ask } = setUp({ delay: constant(3) })
    await expect(world.run(ask(1))).resolves.toBe(16)
    network.link('payment', 'orders', { delay: constant(50) })
    await expect(world.run(ask(2))).resolves.toBe(16 + 63)
  })

  it('draws the same delays for the same call', async () => {
    const times = async (): Promise<number[]> => {
      const { world, ask } = setUp({ delay: uniform({ from: 0, to: 100 }) })
      return await world.run(Promise.all([1, 2, 3].map((id) => ask(id))))
    }
    const first = await times()
    expect(new Set(first).size).toBe(3)
    expect(await times()).toEqual(first)
  })

  it('brings back errors as well', async () => {
    const { world, service, ask } = setUp({ delay: constant(3) })
    service.crash()
    await expect(world.run(ask(1))).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    expect(world.now()).toBe(7)
  })

  it('tells nobody of a message that it lost: the caller waits for its time limit, and a retry may get through', async () => {
    const { world, network, service } = setUp({ loss: 0.5 })
    const calls = pipeline('calls', retry({ attempts: 20, backoff: fixed(1) }), timeout('100ms')).on(world)
    const answer = calls.run(
      (scope) => network.request('orders', 'payment', scope, (there) => service.request(there)),
      { id: 3 },
    )
    await world.run(answer)
    expect(network.counters.lost).toBeGreaterThan(0)
    const answers = service.counters.served + service.counters.wasted
    const requests = network.counters.sent - answers
    expect(network.counters.lost).toBe(requests - service.counters.arrived + answers - 1)
  })

  it('delivers some requests twice, each with its own draws, and the first answer counts', async () => {
    const { world, network, service, ask } = setUp(
      { duplication: 1, delay: uniform({ from: 0, to: 10 }) },
      { serviceTime: uniform({ from: 0, to: 100 }) },
    )
    const answeredAt = await world.run(ask(1))
    await world.runUntil(1_000)
    expect([service.counters.arrived, network.counters.duplicated]).toEqual([2, 1])
    expect(answeredAt).toBeLessThan(120)
    expect(network.counters.sent).toBe(4)
  })

  it('that is cut lets nothing through, either way, until it is healed', async () => {
    const { world, network, service, ask } = setUp({ delay: constant(5) })
    const answers: string[] = []
    const note = (name: string, answer: Promise<number>): void =>
      void answer.then((at) => answers.push(`${name} at ${at}`))
    note('answer under way', ask(1))
    world.schedule(11, () => note('request under way', ask(2)))
    world.schedule(12, () => network.partition(['orders'], ['payment', 'users']))
    world.schedule(20, () => note('sent meanwhile', ask(3)))
    world.schedule(100, () => network.heal())
    world.schedule(200, () => note('healed', ask(4)))
    await world.runUntil(1_000)
    expect(answers).toEqual(['healed at 220'])
    expect([service.counters.served, network.counters.cut]).toEqual([2, 3])
  })

  it('can be cut on one way only', async () => {
    const { world, network, service, ask } = setUp()
    network.cut('payment', 'orders')
    void ask(1)
    await world.runUntil(100)
    expect([service.counters.served, network.counters.cut]).toEqual([1, 1])
  })
})

describe('a caller that gives up', () => {
  it('is told at once, while its request goes on, and the news follows it', async () => {
    const { world, service, ask } = setUp({ delay: constant(20) }, { serviceTime: constant(50), abandoned: 'stopped' })
    const cancel = new CancelSource()
    const answer = ask(1, cancel)
    world.schedule(5, () => cancel.cancel('timeout'))
    await expect(world.run(answer)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect([world.now(), service.counters.arrived]).toEqual([5, 0])
    await world.runUntil(22)
    expect(service.gauges.inFlight).toBe(1)
    await world.runUntil(25)
    expect(service.gauges.inFlight).toBe(0)
    expect(service.counters).toMatchObject({ arrived: 1, stopped: 1 })
  })

  it('never has its news arrive before its request', async () => {
    const { world, network, service, ask } = setUp({}, { abandoned: 'stopped' })
    network.link('orders', 'payment', { delay: uniform({ from: 0, to: 1_000 }) })
    for (let id = 0; id < 100; id++) {
      const cancel = new CancelSource()
      ask(id, cancel).catch(() => {})
      world.schedule(1, () => cancel.cancel('caller'))
    }
    await world.runUntil(10_000)
    expect(service.counters).toMatchObject({ arrived: 100 })
    service.check()
  })

  it('before it has asked sends nothing', async () => {
    const { world, network, ask } = setUp()
    const cancel = new CancelSource()
    cancel.cancel('caller')
    await expect(world.run(ask(1, cancel))).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(network.counters.sent).toBe(0)
  })
})

describe('a network refuses what makes no sense', () => {
  it.each<readonly [LinkOptions, RegExp]>([
    [{ loss: 2 }, /loss must be a number from 0 to 1/],
    [{ duplication: -1 }, /duplication must be a number from 0 to 1/],
    [{ delay: 5 as never }, /delay must be a law of time/],
    [{ latency: 5 } as never, /a link has no option latency/],
  ])('%j', (options, message) => {
    expect(() => setUp(options)).toThrow(message)
    expect(() => setUp().network.link('a', 'b', options)).toThrow(message)
  })
})
