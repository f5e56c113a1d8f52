import { afterEach, describe, expect, it } from 'vitest'
import { reject } from '../event-store/rejection.ts'
import { memoryStore } from '../store/memory-store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { saga } from './definition.ts'
import { sagaEngine } from './engine.ts'
import type { Input } from './saga-input.ts'

interface Order {
  readonly total: number
}

describe('sagaEngine', () => {
  const runtime = new VirtualRuntime()

  it('runs the steps in order, each with the results of those before', async () => {
    const store = memoryStore({ runtime })
    const log: unknown[] = []
    const checkout = saga('checkout', { version: 1 }, (s: Input<Order>) =>
      s
        .step('reserve', {
          run: async ({ key }) => {
            log.push(key)
            return { parcel: 7 }
          },
          undo: () => {},
        })
        .pivot()
        .step('ship', {
          run: ({ results, input, key }) => {
            log.push(key, results.reserve.parcel, input.total)
            return 'shipped'
          },
        }),
    )
    const engine = sagaEngine({ store, runtime, sagas: [checkout] })
    const handle = await runtime.run(engine.start(checkout, '42', { total: 5 }))
    const end = await runtime.run(handle.done)
    expect(end).toMatchObject({ outcome: 'completed', results: { reserve: { parcel: 7 }, ship: 'shipped' } })
    expect(log).toEqual(['42/reserve', '42/ship', 7, 5])
    await runtime.run(engine.close())
    expect(runtime.pendingTimers).toBe(0)
  })

  it('undoes in reverse order when a step says no', async () => {
    const store = memoryStore({ runtime })
    const log: string[] = []
    const noted = (name: string) => ({
      run: () => {
        log.push(`run ${name}`)
        return name
      },
      undo: () => {
        log.push(`undo ${name}`)
      },
    })
    const checkout = saga('checkout', { version: 1 }, (s: Input<Order>) =>
      s
        .step('a', noted('a'))
        .step('b', noted('b'))
        .step('c', { ...noted('c'), run: () => reject('NO_MONEY') }),
    )
    const engine = sagaEngine({ store, runtime, sagas: [checkout] })
    const handle = await runtime.run(engine.start(checkout, '42', { total: 5 }))
    expect(await runtime.run(handle.done)).toMatchObject({
      outcome: 'compensated',
      cause: { code: 'NO_MONEY', step: 'c' },
    })
    expect(log).toEqual(['run a', 'run b', 'undo b', 'undo a'])
    await runtime.run(engine.close())
  })

  it('resumes at boot what another engine left, under the same key', async () => {
    const store = memoryStore({ runtime })
    const log: string[] = []
    const checkout = saga('checkout', { version: 1 }, (s: Input<Order>) =>
      s.step('a', { run: () => 1 }).step('b', {
        run: ({ key }) => {
          log.push(key)
          return log.length === 1 ? new Promise<number>(() => {}) : 2
        },
      }),
    )
    const first = sagaEngine({ store, runtime, sagas: [checkout] })
    await runtime.run(first.start(checkout, '42', { total: 5 }))
    await runtime.advance(10)
    await runtime.run(first.close({ drain: 0 }))
    const second = sagaEngine({ store, runtime, sagas: [checkout] })
    const handle = await runtime.run(second.start(checkout, '42', { total: 5 }))
    expect(handle.repeated).toBe(true)
    expect(await runtime.run(handle.done)).toMatchObject({ outcome: 'completed', results: { a: 1, b: 2 } })
    expect(log).toEqual(['42/b', '42/b'])
    await runtime.run(second.close())
  })

  afterEach(() => {
    expect(runtime.reported).toEqual([])
  })
})
