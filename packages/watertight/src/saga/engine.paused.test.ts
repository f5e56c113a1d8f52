import { expect, it } from 'vitest'
import { pipeline } from '../resilience/pipeline.ts'
import { exponential } from '../resilience/retry/backoff.ts'
import { retry } from '../resilience/retry/retry.ts'
import { Incarnation } from '../simulation/hunt/incarnation.ts'
import { World } from '../simulation/kernel/world.ts'
import { memoryStore } from '../store/memory-store.ts'
import { saga } from './definition.ts'
import { sagaEngine } from './engine.ts'
import type { Input } from './saga-input.ts'

it('lets no pipeline try again for an instance that another process took while this one stood still', async () => {
  const world = new World()
  const store = memoryStore({ runtime: world })
  const frozen = new Incarnation('frozen', world, () => {})
  const calls: string[] = []
  const charge = (worker: string, isDown: boolean) =>
    saga('order', { version: 1 }, (s: Input<string>) =>
      s.step('charge', {
        run: () => {
          calls.push(worker)
          if (isDown) throw new Error('down')
          return 'charged'
        },
        via: pipeline('bank', retry({ attempts: 5, backoff: exponential({ base: 500, jitter: 'none' }) })),
      }),
    )
  const a = charge('a', true)
  const first = sagaEngine({ store, runtime: frozen, sagas: [a], limits: { lease: '2s' } })
  await world.run(first.start(a, '1', 'x'))
  await world.runUntil(50)
  expect(calls).toEqual(['a'])

  // Its lease runs out before it wakes, and so is the retry due.
  frozen.pause()
  const second = sagaEngine({ store, runtime: world, sagas: [charge('b', false)], limits: { lease: '2s' } })
  await world.runUntil(10_000)
  expect(calls).toEqual(['a', 'b'])

  frozen.resume()
  await world.runUntil(20_000)
  expect(calls).toEqual(['a', 'b'])
  expect(await second.inspect({ saga: 'order', id: '1' })).toMatchObject({ status: 'completed' })
  await world.run(second.close())
})
