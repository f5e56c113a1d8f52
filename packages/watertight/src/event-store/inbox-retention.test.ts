import { beforeEach, describe, expect, it } from 'vitest'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { inboxRetention } from './inbox-retention.ts'

describe('inboxRetention', () => {
  let runtime: VirtualRuntime
  let store: Store

  beforeEach(() => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
  })

  async function isNew(id: string): Promise<boolean> {
    return (await store.commit({ inbox: { consumer: 'c', generation: 0, id } })).ok
  }

  it('forgets what was handled longer ago than it keeps, however much that is, and nothing else', async () => {
    await Promise.all(Array.from({ length: 2_500 }, (_, i) => isNew(`old-${i}`)))
    await runtime.advance('2d')
    await isNew('young')
    const retention = inboxRetention({ store, runtime, keep: '1d' })
    await runtime.advance('1s')
    expect(await store.pruneInbox(86_400_000)).toBe(0)
    expect([await isNew('old-0'), await isNew('old-2499'), await isNew('young')]).toEqual([true, true, false])
    await runtime.advance('26h')
    expect(await isNew('young')).toBe(true)
    await retention.close()
  })

  it('holds no process, leaves no timer, and ends with the store', async () => {
    const retention = inboxRetention({ store, runtime })
    await runtime.advance('3h')
    expect(runtime.heldTimers).toBe(0)
    await retention.close()
    expect(runtime.pendingTimers).toBe(0)
    inboxRetention({ store, runtime })
    await runtime.advance('1s')
    await store.close()
    await runtime.advance('2h')
    expect([runtime.pendingTimers, runtime.reported]).toEqual([0, []])
  })

  it('reports what the store says, and tries again', async () => {
    let isDown = true
    const failing: Store = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (name === 'pruneInbox' && isDown) return () => Promise.reject(new Error('down'))
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    await isNew('old')
    await runtime.advance('2d')
    const retention = inboxRetention({ store: failing, runtime, keep: '1d' })
    await runtime.advance('1m')
    expect(runtime.reported).toHaveLength(1)
    isDown = false
    await runtime.advance('1h')
    expect(await isNew('old')).toBe(true)
    await retention.close()
  })
})
