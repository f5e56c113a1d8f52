import { describe, expect, it } from 'vitest'
import { definitelyNotExecuted } from '../../resilience/fallback/not-executed.ts'
import { CancelSource } from '../../runtime/cancellation.ts'
import { constant, exponential } from './laws.ts'
import { directScope } from './request-scope.ts'
import { sendAll, setUpService } from './service-bench.fixture.ts'
import type { ServiceOptions } from './service-options.ts'

describe('a service', () => {
  it('works on as many requests as its pool has workers, and on the others in turn', async () => {
    const bench = setUpService({ pool: 2 })
    sendAll(bench, 5)
    await bench.world.runUntil(5)
    expect(bench.service.gauges).toEqual({ inFlight: 2, queued: 3, oldestMs: 5, memory: 0, up: 1 })
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['1 at 10', '2 at 10', '3 at 20', '4 at 20', '5 at 30'])
    expect(bench.service.counters).toMatchObject({ arrived: 5, served: 5, wasted: 0 })
    expect(bench.service.gauges).toEqual({ inFlight: 0, queued: 0, oldestMs: 0, memory: 0, up: 1 })
  })

  it('takes the latest first when told to', async () => {
    const bench = setUpService({ order: 'lifo' })
    sendAll(bench, 4)
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['1 at 10', '4 at 20', '3 at 30', '2 at 40'])
  })

  it('refuses what finds the queue full, a moment later and without any work', async () => {
    const bench = setUpService({ queue: 1 })
    sendAll(bench, 4)
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['3 OVERLOADED at 1', '4 OVERLOADED at 1', '1 at 10', '2 at 20'])
    expect(bench.service.counters.refused).toEqual({ OVERLOADED: 2 })
  })

  it('refuses everything beyond its pool when it has no queue', async () => {
    const bench = setUpService({ queue: 0, refusal: 0 })
    sendAll(bench, 2)
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['2 OVERLOADED at 0', '1 at 10'])
  })

  it('drops by CoDel what stands in the queue, as soon as a worker comes to it', async () => {
    const bench = setUpService({ codel: { target: 5, interval: 20 } })
    sendAll(bench, 6)
    await bench.world.runUntil(200)
    expect(bench.log.filter((line) => line.includes('OVERLOADED')).length).toBeGreaterThan(0)
    expect(bench.log[0]).toBe('1 at 10')
    bench.service.check()
  })

  it('draws the same time for the same call and attempt, whoever else asks and when', async () => {
    const once = setUpService({ pool: 10, serviceTime: exponential({ mean: 100 }) })
    sendAll(once, 10)
    await once.world.runUntil(10_000)
    const alone = setUpService({ pool: 10, serviceTime: exponential({ mean: 100 }) })
    alone.send(3)
    await alone.world.runUntil(10_000)
    expect(once.log).toContain(alone.log[0])
  })

  it('draws another time for another attempt, and for a hedge', async () => {
    const { world, service } = setUpService({ pool: 10, serviceTime: exponential({ mean: 100 }) })
    const took: number[] = []
    for (const scope of [
      { attempt: 1, path: 0 },
      { attempt: 2, path: 0 },
      { attempt: 1, path: 1 },
    ]) {
      void service
        .request({ ...directScope(world, { id: 1 }), ...scope, cancel: new CancelSource() })
        .then(() => took.push(world.now()))
    }
    await world.runUntil(10_000)
    expect(new Set(took).size).toBe(3)
  })

  it('slows down as an instance fills, and no sooner', async () => {
    const bench = setUpService({
      pool: 100,
      serviceTime: constant(100),
      memoryLimit: 100,
      slowdown: { above: 0.6, by: 3 },
    })
    sendAll(bench, 80)
    await bench.world.runUntil(1_000)
    expect(bench.log.filter((line) => line.endsWith(' at 100'))).toHaveLength(60)
    // 1 + 3 ((0.8 - 0.6) / 0.4)² = 1.75
    expect(bench.log.at(-1)).toMatch(/^80 at 175(\.0+\d)?$/)
  })
})

describe('an instance that runs out of memory', () => {
  const memory = { instances: 1, pool: 2, memoryLimit: 5, restart: '1s', warmUp: '1s' } as const

  it('crashes with everything in it, and is back after a while at half speed', async () => {
    const bench = setUpService(memory)
    sendAll(bench, 4)
    bench.send(5, 3)
    bench.send(6, 500)
    bench.send(7, 1_500)
    bench.send(8, 2_500)
    await bench.world.runUntil(3_000)
    expect(bench.log).toEqual([
      '1 CONNECTION_LOST at 3',
      '2 CONNECTION_LOST at 3',
      '3 CONNECTION_LOST at 3',
      '4 CONNECTION_LOST at 3',
      '5 CONNECTION_LOST at 3',
      '6 CONNECTION_FAILED at 501',
      '7 at 1520',
      '8 at 2510',
    ])
    expect(bench.service.counters.crashes).toEqual([{ atMs: 3, instance: 0, cause: 'out of memory', lost: 5 }])
    expect(bench.service.counters).toMatchObject({ lost: 5, served: 2, refused: { CONNECTION_FAILED: 1 } })
  })

  it('leaves its load to the others, and none to itself while it is away', async () => {
    const bench = setUpService({ ...memory, instances: 2 })
    bench.world.schedule(0, () => bench.service.crash(0))
    sendAll(bench, 2)
    await bench.world.runUntil(20)
    expect(bench.log).toEqual(['1 at 10', '2 at 10'])
    expect(bench.service.gauges.up).toBe(1)
  })

  it('proves to the caller what was not executed, and that a lost connection proves nothing', async () => {
    const { world, service } = setUpService(memory)
    const errors: unknown[] = []
    const ask = (id: number): void =>
      void service.request(directScope(world, { id })).catch((error) => errors.push(error))
    ask(1)
    world.schedule(5, () => {
      service.crash()
      ask(2)
    })
    await world.runUntil(10)
    expect(errors.map((error) => definitelyNotExecuted(error))).toEqual([false, true])
  })

  it('stays away for good when its restart is never, until it is brought back', async () => {
    const bench = setUpService({ ...memory, restart: Infinity })
    bench.service.crash()
    await bench.world.runUntil(1e6)
    expect(bench.service.gauges.up).toBe(0)
    bench.service.restart()
    bench.send(1)
    await bench.world.runUntil(2e6)
    expect(bench.log).toEqual(['1 at 1000020'])
  })

  it('is not brought back by the restart that was planned before another crash', async () => {
    const { world, service } = setUpService(memory)
    service.crash()
    world.schedule(900, () => service.restart())
    world.schedule(950, () => service.crash())
    await world.runUntil(1_500)
    expect(service.gauges.up).toBe(0)
    await world.runUntil(1_950)
    expect(service.gauges.up).toBe(1)
  })
})

describe('a caller that gives up', () => {
  it('is told so at once, and its work is done all the same, for nobody', async () => {
    const bench = setUpService()
    const first = bench.send(1, 0)
    const second = bench.send(2, 0)
    bench.send(3, 0)
    bench.world.schedule(4, () => {
      first.cancel('timeout')
      second.cancel('timeout')
    })
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['1 CANCELLED at 4', '2 CANCELLED at 4', '3 at 30'])
    expect(bench.service.counters).toMatchObject({ served: 1, wasted: 2, abandoned: 2, stopped: 0 })
  })

  it('frees the worker and the queue, where the service stops abandoned work', async () => {
    const bench = setUpService({ abandoned: 'stopped' })
    const first = bench.send(1, 0)
    const second = bench.send(2, 0)
    bench.send(3, 0)
    bench.world.schedule(4, () => {
      second.cancel('timeout')
      first.cancel('timeout')
    })
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['2 CANCELLED at 4', '1 CANCELLED at 4', '3 at 14'])
    expect(bench.service.counters).toMatchObject({ served: 1, wasted: 0, abandoned: 2, stopped: 2 })
  })

  it('before it has asked does not reach the service', async () => {
    const bench = setUpService()
    bench.send(1, 5).cancel('caller')
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['1 CANCELLED at 5'])
    expect(bench.service.counters.arrived).toBe(0)
  })

  it('leaves no listener behind on a token that outlives the request', async () => {
    const { world, service } = setUpService({ pool: 100 })
    const cancel = new CancelSource()
    let listeners = 0
    const counting = {
      cancelled: false,
      cause: undefined,
      reason: undefined,
      get signal() {
        return cancel.signal
      },
      onCancel: (listener: () => void) => {
        listeners++
        const remove = cancel.onCancel(listener)
        return () => {
          listeners--
          remove()
        }
      },
    }
    for (let id = 0; id < 10; id++) void service.request(directScope(world, { id, cancel: counting }))
    await world.runUntil(100)
    expect(listeners).toBe(0)
  })
})

describe('a request past its deadline', () => {
  it('is done all the same unless the service looks at deadlines', async () => {
    const bench = setUpService()
    bench.send(1, 0, 5)
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['1 at 10'])
  })

  it('is refused on arrival, and when a worker comes to it', async () => {
    const bench = setUpService({ dropExpired: true })
    bench.send(1, 0)
    bench.send(2, 0, 5)
    bench.send(3, 0, 50)
    bench.send(4, 0, 0)
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['4 DEADLINE_EXCEEDED at 1', '1 at 10', '2 DEADLINE_EXCEEDED at 11', '3 at 20'])
  })
})

describe('a service refuses what makes no sense', () => {
  it.each<readonly [Partial<ServiceOptions>, RegExp]>([
    [{ pool: 0 }, /pool must be a positive whole number/],
    [{ queue: -1 }, /queue must be a whole number of at least 0/],
    [{ instances: 1.5 }, /instances must be a positive whole number/],
    [{ serviceTime: 100 as never }, /serviceTime must be a law of time/],
    [{ slowdown: { above: 0.6, by: 3 } }, /slowdown must be left out where neither memoryLimit nor queue/],
    [{ slowdown: { above: 1, by: 3 }, queue: 5 }, /slowdown.above must be below 1/],
    [{ warmUp: { for: '1s', speed: 0 } }, /warmUp.speed must be a finite number above 0/],
    [{ balancing: 'best' as never }, /balancing must be one of/],
    [{ errorRate: 2 }, /errorRate must be a number from 0 to 1/],
    [{ codel: { target: '5ms', interval: '100ms', window: 1 } as never }, /codel has no option window/],
    [{ codel: true as never }, /what codel is given must be an object/],
    [{ dropExpired: 'yes' as never }, /dropExpired must be true or false/],
    [{ memoryLimits: 5 } as never, /a service has no option memoryLimits/],
  ])('%j', (options, message) => {
    expect(() => setUpService(options)).toThrow(message)
  })

  it('also from a script', () => {
    const { service } = setUpService()
    expect(() => service.crash(1)).toThrow(/instance must be one of 0 to 0/)
    expect(() => service.slow(0)).toThrow(/factor/)
    expect(() => service.failing(2)).toThrow(/errorRate/)
    expect(() => service.freeze(-1)).toThrow(/duration/)
  })
})
