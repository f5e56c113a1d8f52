import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipeline } from '../../resilience/pipeline.ts'
import { timeout } from '../../resilience/timeout/timeout.ts'
import { retry } from '../../resilience/retry/retry.ts'
import { bulkhead } from '../../resilience/bulkhead/bulkhead.ts'
import { definitelyNotExecuted } from '../../resilience/fallback/not-executed.ts'
import { CancelSource } from '../../runtime/cancellation.ts'
import { World } from '../kernel/world.ts'
import { constant, exponential } from './laws.ts'
import { directScope } from './request-scope.ts'
import { ServiceModel } from './service-model.ts'
import type { ServiceOptions } from './service-options.ts'

interface Bench {
  readonly world: World
  readonly service: ServiceModel
  /** `id at time`, or `id code at time`, in the order of the answers. */
  readonly log: string[]
  /** Sends request `id`, at an instant. */
  readonly send: (id: number, atMs?: number, deadline?: number) => CancelSource
}

const setUp = (options: Partial<ServiceOptions> = {}, seed = 7): Bench => {
  const world = new World({ seed })
  const service = new ServiceModel(world, 'payment', { pool: 1, serviceTime: constant(10), ...options })
  const log: string[] = []
  const send: Bench['send'] = (id, atMs = world.now(), deadline = Infinity) => {
    const cancel = new CancelSource()
    world.schedule(atMs, () => {
      service.request(directScope(world, { id, cancel, deadline })).then(
        () => log.push(`${id} at ${world.now()}`),
        (error: { code: string }) => log.push(`${id} ${error.code} at ${world.now()}`),
      )
    })
    return cancel
  }
  return { world, service, log, send }
}

const sendAll = (bench: Bench, count: number, atMs = 0): void => {
  for (let id = 1; id <= count; id++) bench.send(id, atMs)
}

describe('a service', () => {
  it('works on as many requests as its pool has workers, and on the others in turn', async () => {
    const bench = setUp({ pool: 2 })
    sendAll(bench, 5)
    await bench.world.runUntil(5)
    expect(bench.service.gauges).toEqual({ inFlight: 2, queued: 3, oldestMs: 5, memory: 0, up: 1 })
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['1 at 10', '2 at 10', '3 at 20', '4 at 20', '5 at 30'])
    expect(bench.service.counters).toMatchObject({ arrived: 5, served: 5, wasted: 0 })
    expect(bench.service.gauges).toEqual({ inFlight: 0, queued: 0, oldestMs: 0, memory: 0, up: 1 })
  })

  it('takes the latest first when told to', async () => {
    const bench = setUp({ order: 'lifo' })
    sendAll(bench, 4)
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['1 at 10', '4 at 20', '3 at 30', '2 at 40'])
  })

  it('refuses what finds the queue full, a moment later and without any work', async () => {
    const bench = setUp({ queue: 1 })
    sendAll(bench, 4)
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['3 OVERLOADED at 1', '4 OVERLOADED at 1', '1 at 10', '2 at 20'])
    expect(bench.service.counters.refused).toEqual({ OVERLOADED: 2 })
  })

  it('refuses everything beyond its pool when it has no queue', async () => {
    const bench = setUp({ queue: 0, refusal: 0 })
    sendAll(bench, 2)
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['2 OVERLOADED at 0', '1 at 10'])
  })

  it('drops by CoDel what stands in the queue, as soon as a worker comes to it', async () => {
    const bench = setUp({ codel: { target: 5, interval: 20 } })
    sendAll(bench, 6)
    await bench.world.runUntil(200)
    expect(bench.log.filter((line) => line.includes('OVERLOADED')).length).toBeGreaterThan(0)
    expect(bench.log[0]).toBe('1 at 10')
    bench.service.check()
  })

  it('draws the same time for the same call and attempt, whoever else asks and when', async () => {
    const once = setUp({ pool: 10, serviceTime: exponential({ mean: 100 }) })
    sendAll(once, 10)
    await once.world.runUntil(10_000)
    const alone = setUp({ pool: 10, serviceTime: exponential({ mean: 100 }) })
    alone.send(3)
    await alone.world.runUntil(10_000)
    expect(once.log).toContain(alone.log[0])
  })

  it('draws another time for another attempt, and for a hedge', async () => {
    const { world, service } = setUp({ pool: 10, serviceTime: exponential({ mean: 100 }) })
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
    const bench = setUp({ pool: 100, serviceTime: constant(100), memoryLimit: 100, slowdown: { above: 0.6, by: 3 } })
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
    const bench = setUp(memory)
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
    const bench = setUp({ ...memory, instances: 2 })
    bench.world.schedule(0, () => bench.service.crash(0))
    sendAll(bench, 2)
    await bench.world.runUntil(20)
    expect(bench.log).toEqual(['1 at 10', '2 at 10'])
    expect(bench.service.gauges.up).toBe(1)
  })

  it('proves to the caller what was not executed, and that a lost connection proves nothing', async () => {
    const { world, service } = setUp(memory)
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
    const bench = setUp({ ...memory, restart: Infinity })
    bench.service.crash()
    await bench.world.runUntil(1e6)
    expect(bench.service.gauges.up).toBe(0)
    bench.service.restart()
    bench.send(1)
    await bench.world.runUntil(2e6)
    expect(bench.log).toEqual(['1 at 1000020'])
  })

  it('is not brought back by the restart that was planned before another crash', async () => {
    const { world, service } = setUp(memory)
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
    const bench = setUp()
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
    const bench = setUp({ abandoned: 'stopped' })
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
    const bench = setUp()
    bench.send(1, 5).cancel('caller')
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['1 CANCELLED at 5'])
    expect(bench.service.counters.arrived).toBe(0)
  })

  it('leaves no listener behind on a token that outlives the request', async () => {
    const { world, service } = setUp({ pool: 100 })
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
    const bench = setUp()
    bench.send(1, 0, 5)
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['1 at 10'])
  })

  it('is refused on arrival, and when a worker comes to it', async () => {
    const bench = setUp({ dropExpired: true })
    bench.send(1, 0)
    bench.send(2, 0, 5)
    bench.send(3, 0, 50)
    bench.send(4, 0, 0)
    await bench.world.runUntil(100)
    expect(bench.log).toEqual(['4 DEADLINE_EXCEEDED at 1', '1 at 10', '2 DEADLINE_EXCEEDED at 11', '3 at 20'])
  })
})

describe('what can go wrong by script', () => {
  it('a freeze stops all work for so long, and keeps what was done of it', async () => {
    const bench = setUp({ pool: 2 })
    sendAll(bench, 3)
    bench.world.schedule(4, () => bench.service.freeze(100))
    bench.send(4, 50)
    await bench.world.runUntil(1_000)
    expect(bench.log).toEqual(['1 at 110', '2 at 110', '3 at 120', '4 at 120'])
  })

  it('freezes that overlap last until the later end', async () => {
    const bench = setUp()
    bench.send(1, 0)
    bench.world.schedule(2, () => bench.service.freeze(100))
    bench.world.schedule(50, () => bench.service.freeze(10))
    bench.world.schedule(90, () => bench.service.freeze(100))
    await bench.world.runUntil(1_000)
    expect(bench.log).toEqual(['1 at 198'])
  })

  it('a hang takes requests and answers none, until it ends', async () => {
    const bench = setUp()
    bench.service.freeze(Infinity)
    sendAll(bench, 2)
    await bench.world.runUntil(1_000)
    expect([bench.log, bench.service.gauges.queued]).toEqual([[], 2])
    bench.service.resume()
    await bench.world.runUntil(2_000)
    expect(bench.log).toEqual(['1 at 1010', '2 at 1020'])
  })

  it('a crash ends a hang, with what hung in it', async () => {
    const bench = setUp({ restart: 100 })
    bench.send(1, 0)
    bench.world.schedule(5, () => bench.service.freeze(Infinity))
    bench.world.schedule(50, () => bench.service.crash())
    bench.send(2, 200)
    await bench.world.runUntil(1_000)
    expect(bench.log).toEqual(['1 CONNECTION_LOST at 50', '2 at 210'])
  })

  it('slow work takes longer from now on, and normal again when told', async () => {
    const bench = setUp()
    bench.service.slow(5)
    bench.send(1, 0)
    bench.world.schedule(20, () => bench.service.slow(1))
    bench.send(2, 60)
    await bench.world.runUntil(1_000)
    expect(bench.log).toEqual(['1 at 50', '2 at 70'])
  })

  it('a share of requests fails, the same ones each time', async () => {
    const failed = async (): Promise<string[]> => {
      const bench = setUp({ pool: 1_000 })
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

describe('requests are spread over instances', () => {
  const spread = async (balancing: ServiceOptions['balancing'], count: number): Promise<number[]> => {
    const { world, service } = setUp({
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

describe('a service that calls another one through a pipeline', () => {
  const graph = (databaseTime: number, options: Partial<ServiceOptions> = {}) => {
    const world = new World({ seed: 7 })
    const database = new ServiceModel(world, 'database', { pool: 1, serviceTime: constant(databaseTime) })
    const queries = pipeline('queries', timeout('40ms')).on(world)
    const orders = new ServiceModel(world, 'orders', {
      pool: 2,
      serviceTime: constant(1),
      handler: (scope) =>
        queries.run((query) => database.request(query), {
          id: scope.call.id,
          deadline: scope.deadline,
          signal: scope.signal,
        }),
      ...options,
    })
    return { world, database, orders }
  }

  it('keeps its worker meanwhile: its pool runs dry when the other one is slow', async () => {
    const { world, orders } = graph(30)
    for (let id = 0; id < 4; id++) void orders.request(directScope(world, { id })).catch(() => {})
    await world.runUntil(20)
    expect(orders.gauges).toMatchObject({ inFlight: 2, queued: 2 })
  })

  it('answers with what its own call came to', async () => {
    const { world, orders } = graph(50)
    const answer = orders.request(directScope(world, { id: 1 }))
    await expect(world.run(answer)).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect(orders.counters.failed).toBe(1)
  })

  it('gives its calls other draws for each attempt of its caller', async () => {
    const ids: number[] = []
    const { world, orders } = graph(1, { handler: async (scope) => void ids.push(scope.call.id) })
    for (const attempt of [1, 2, 1]) await world.run(orders.request(directScope(world, { id: 5, attempt })))
    expect(ids[0]).toBe(ids[2])
    expect(ids[0]).not.toBe(ids[1])
    expect(ids.every((id) => Number.isSafeInteger(id))).toBe(true)
  })

  it('takes its calls along when it crashes, and the other side goes on for nobody', async () => {
    const { world, database, orders } = graph(30)
    const answer = orders.request(directScope(world, { id: 1 }))
    world.schedule(10, () => orders.crash())
    await expect(world.run(answer)).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    await world.runUntil(100)
    expect(database.counters).toMatchObject({ served: 0, wasted: 1 })
  })

  it('stops its own calls with the work of a caller that gave up, where it stops such work', async () => {
    const { world, database, orders } = graph(30, { abandoned: 'stopped' })
    const cancel = new CancelSource()
    const answer = orders.request(directScope(world, { id: 1, cancel }))
    world.schedule(10, () => cancel.cancel('timeout'))
    await expect(world.run(answer)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect([database.counters.abandoned, orders.gauges.inFlight]).toEqual([1, 0])
  })

  it('that answers while it is frozen is heard of when it thaws', async () => {
    const { world, orders } = graph(30)
    const answer = orders.request(directScope(world, { id: 1 })).then(() => world.now())
    world.schedule(10, () => orders.freeze(100))
    await expect(world.run(answer)).resolves.toBe(110)
  })

  it('hands on what its handler throws, also at once', async () => {
    const failure = new Error('a broken handler')
    const { world, orders } = graph(1, {
      handler: () => {
        throw failure
      },
    })
    await expect(world.run(orders.request(directScope(world, { id: 1 })))).rejects.toBe(failure)
  })
})

describe('under everything at once', () => {
  it('no request is ever lost from the books, and every caller is answered', async () => {
    const fault = fc.record({
      at: fc.integer({ min: 0, max: 2_000 }),
      what: fc.constantFrom('crash', 'restart', 'freeze', 'hang', 'resume', 'slow', 'failing'),
      instance: fc.constantFrom(0, 1, undefined),
    })
    const options = fc.record({
      pool: fc.integer({ min: 1, max: 4 }),
      queue: fc.constantFrom(0, 3, Infinity),
      order: fc.constantFrom('fifo', 'lifo'),
      abandoned: fc.constantFrom('served', 'stopped'),
      memoryLimit: fc.constantFrom(8, 30, Infinity),
      dropExpired: fc.boolean(),
      balancing: fc.constantFrom('round-robin', 'least-requests', 'random', 'two-choices'),
      codel: fc.constantFrom(undefined, { target: 5, interval: 50 } as const),
      nested: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        options,
        fc.array(fault, { maxLength: 12 }),
        fc.nat(1_000),
        async ({ nested, codel, ...rest }, faults, seed) => {
          const world = new World({ seed, shuffle: true })
          const below = new ServiceModel(world, 'below', { pool: 2, serviceTime: exponential({ mean: 5 }) })
          const service = new ServiceModel(world, 'service', {
            instances: 2,
            serviceTime: exponential({ mean: 20 }),
            restart: '300ms',
            ...rest,
            ...(codel && { codel }),
            ...(nested && { handler: (scope) => below.request(scope) }),
          })
          const calls = pipeline(
            'calls',
            retry({ attempts: 3 }),
            bulkhead({ concurrent: 20, queue: 100 }),
            timeout('60ms'),
          ).on(world)
          let answered = 0
          for (let id = 0; id < 150; id++) {
            world.schedule(world.random('arrival', id) * 1_500, () => {
              const call = calls.outcome((scope) => service.request(scope), { id, deadline: world.now() + 400 })
              void call.then(() => answered++)
            })
          }
          const act: Record<(typeof faults)[number]['what'], (instance?: number) => void> = {
            crash: (instance) => service.crash(instance),
            restart: (instance) => service.restart(instance),
            freeze: (instance) => service.freeze('50ms', instance),
            hang: (instance) => service.freeze(Infinity, instance),
            resume: (instance) => service.resume(instance),
            slow: () => service.slow(4),
            failing: () => service.failing(0.5),
          }
          for (const { at, what, instance } of faults) {
            world.schedule(at, () => {
              act[what](instance)
              service.check()
            })
          }
          await world.runUntil(3_000)
          service.resume()
          await world.runUntil(60_000)
          service.check()
          below.check()
          calls.check()
          expect(answered).toBe(150)
          expect(service.gauges).toMatchObject({ inFlight: 0, queued: 0 })
          expect(world.reported).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
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
    [{ memoryLimits: 5 } as never, /a service has no option memoryLimits/],
  ])('%j', (options, message) => {
    expect(() => setUp(options)).toThrow(message)
  })

  it('also from a script', () => {
    const { service } = setUp()
    expect(() => service.crash(1)).toThrow(/instance must be one of 0 to 0/)
    expect(() => service.slow(0)).toThrow(/factor/)
    expect(() => service.failing(2)).toThrow(/errorRate/)
    expect(() => service.freeze(-1)).toThrow(/duration/)
  })
})
