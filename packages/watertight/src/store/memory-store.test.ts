import { describe, expect, it } from 'vitest'
import { eventStoreContract } from '../testing/event-store-contract.ts'
import type { StoreFixture } from '../testing/store-case.ts'
import { storeContract } from '../testing/store-contract.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { memoryStore } from './memory-store.ts'

async function makeFixture(): Promise<StoreFixture> {
  const runtime = new VirtualRuntime()
  const store = memoryStore({ runtime })
  return { open: async () => store, advance: (ms) => runtime.advance(ms), dispose: () => store.close() }
}

storeContract('The memory store', makeFixture, { runner: { describe, it } })
eventStoreContract('The memory store', makeFixture, { runner: { describe, it } })

describe('memoryStore', () => {
  it('refuses an option it does not know', () => {
    const options = { runtime: new VirtualRuntime(), file: 'orders.db' }
    expect(() => memoryStore(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })

  it('stamps events with the wall clock, and runs leases on the one that never steps', async () => {
    const runtime = new VirtualRuntime({ startWallTime: 1_000 })
    const store = memoryStore({ runtime })
    await store.acquire('worker', 5_000)
    runtime.stepWallTime(3_600_000)
    await store.commit({
      appends: [
        {
          stream: { tenant: 'default', category: 'order', id: '1' },
          expected: 'absent',
          appendId: 'a',
          events: [{ id: 'e', type: 't', schema: 1, data: null, meta: { correlation: 'c', causation: 'c' } }],
        },
      ],
    })
    expect((await store.readLog({ after: 0 })).events[0]?.at).toBe(3_601_000)
    expect(await store.acquire('worker', 5_000)).toBeUndefined()
  })
})
