import { describe, expect, it } from 'vitest'
import { memoryStore } from '../store/memory-store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { saga } from './definition.ts'
import { sagaEngine } from './engine.ts'
import type { Input } from './saga-input.ts'

const runtime = new VirtualRuntime()
const store = memoryStore({ runtime })
const trip = saga('trip', { version: 1 }, (s: Input<object>) => s.step('flight', { run: () => 1 }))
const A_STORE = 'a store, such as memoryStore() or await sqliteStore({ file })'

describe('a saga engine refuses', () => {
  it.each([
    ['no options', undefined, 'what sagaEngine is given must be an object with some of store, sagas, runtime, limits'],
    ['no store', { sagas: [trip] }, `store must be ${A_STORE}, but it is undefined`],
    [
      'a promise of a store',
      { store: Promise.resolve(store), sagas: [trip] },
      `store must be ${A_STORE}, but it is an object`,
    ],
    ['one saga without a list', { store, sagas: trip }, 'sagas must be a list of sagas, but it is an object'],
    ['no sagas', { store }, 'sagas must be a list of sagas, but it is undefined'],
    [
      'a saga twice',
      { store, sagas: [trip, trip] },
      'sagas must name each version once, but trip@1 stands there twice',
    ],
    ['a misspelt limit', { store, sagas: [], limits: { leases: 1 } }, 'limits has no option leases'],
  ])('%s, by name, and begins nothing', (_, options, message) => {
    expect(() => sagaEngine(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }),
    )
    expect(runtime.pendingTimers).toBe(0)
  })

  it('to start what has no id', async () => {
    const engine = sagaEngine({ store, runtime, sagas: [trip] })
    await expect(runtime.run(engine.start(trip, '', {}))).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: "id must be a string that is not empty, but it is ''",
    })
    await runtime.run(engine.close())
  })
})
