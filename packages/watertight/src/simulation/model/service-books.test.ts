import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bulkhead } from '../../resilience/bulkhead/bulkhead.ts'
import { pipeline } from '../../resilience/pipeline.ts'
import { retry } from '../../resilience/retry/retry.ts'
import { timeout } from '../../resilience/timeout/timeout.ts'
import { World } from '../kernel/world.ts'
import { exponential } from './laws.ts'
import { ServiceModel } from './service-model.ts'

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
