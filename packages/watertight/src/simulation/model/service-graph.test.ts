import { describe, expect, it } from 'vitest'
import { definitelyNotExecuted } from '../../resilience/fallback/not-executed.ts'
import { pipeline } from '../../resilience/pipeline.ts'
import { fixed, retry } from '../../resilience/index.ts'
import { timeout } from '../../resilience/timeout/timeout.ts'
import { WatertightError } from '../../runtime/error.ts'
import { CancelSource } from '../../runtime/cancellation.ts'
import { World } from '../kernel/world.ts'
import { constant } from './laws.ts'
import { directScope } from './request-scope.ts'
import { ServiceModel } from './service-model.ts'
import type { ServiceOptions } from './service-options.ts'

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

  it('does not tell its caller that a retry in there has given up: over a network nobody knows, and a storm multiplies', async () => {
    const world = new World({ seed: 7 })
    const trying = () => pipeline('trying', retry({ attempts: 3, backoff: fixed(1) })).on(world)
    const [outer, inner] = [trying(), trying()]
    const database = new ServiceModel(world, 'database', { pool: 9, serviceTime: constant(1), errorRate: 1 })
    const orders = new ServiceModel(world, 'orders', {
      pool: 9,
      serviceTime: constant(1),
      handler: ({ call }) => inner.run((query) => database.request(query), { id: call.id }),
    })
    const answer = outer.run((scope) => orders.request(scope))
    await expect(world.run(answer)).rejects.toMatchObject({ code: 'SERVICE_FAILED', source: 'database' })
    expect([orders.counters.failed, database.counters.failed]).toEqual([3, 9])
  })

  it('does not pass on the proof that a call further down was never made: its own work was done', async () => {
    const { world, database, orders } = graph(1)
    database.crash()
    const error: unknown = await world
      .run(orders.request(directScope(world, { id: 1 })))
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED' })
    expect(error).toBeInstanceOf(WatertightError)
    expect(definitelyNotExecuted(error)).toBe(false)
  })

  it('fails when its handler throws nothing at all', async () => {
    const { world, orders } = graph(1, { handler: () => Promise.reject() })
    await expect(world.run(orders.request(directScope(world, { id: 1 })))).rejects.toMatchObject({
      code: 'SERVICE_FAILED',
    })
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
    await expect(world.run(orders.request(directScope(world, { id: 1 })))).rejects.toMatchObject({
      message: 'a broken handler',
    })
  })
})
