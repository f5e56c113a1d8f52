import { expect, it } from 'vitest'
import { Incarnation } from '../simulation/hunt/incarnation.ts'
import { World } from '../simulation/kernel/world.ts'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { subscribe } from './subscription.ts'

it('hands nothing to a member that stood still past its lease, though the answer it waited for comes first', async () => {
  const world = new World()
  const store = memoryStore({ runtime: world })
  const frozen = new Incarnation('frozen', world, () => {})
  const handed: string[] = []
  const member = (name: string, runtime: World | Incarnation, own: Store) =>
    subscribe({ store: own, runtime, name: 'mails', leaseTtl: '2s', handle: () => void handed.push(name) })

  member('frozen', frozen, through(store, frozen, world))
  await world.runUntil(100)
  const other = member('other', world, store)
  await world.run(
    store.commit({
      appends: [
        {
          stream: streamId('order', '1'),
          expected: 'absent',
          appendId: 'placed',
          events: [{ id: 'e', type: 'order.placed', schema: 1, data: 1, meta: { correlation: 'c', causation: 'c' } }],
        },
      ],
    }),
  )
  // The frozen member has written that it begins with the event, and stands still before the answer comes.
  await world.runUntil(10_000)
  expect([frozen.isPaused, handed]).toEqual([true, ['other']])
  frozen.resume()
  await world.runUntil(20_000)
  expect(handed).toEqual(['other'])
  await world.run(other.close())
})

/** The store as a process has it that stands still while it commits: an answer takes 10 ms, and is held up with the rest. */
function through(store: Store, life: Incarnation, world: World): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) =>
        life.answer((resolve, reject) => {
          const late = (settle: () => void): void => world.schedule(world.now() + 10, settle)
          if (name === 'commit') world.schedule(world.now() + 1, () => life.pause())
          Promise.resolve(value.apply(target, args)).then(
            (answer: unknown) => late(() => resolve(answer)),
            (error: unknown) => late(() => reject(error)),
          )
        })
    },
  })
}
