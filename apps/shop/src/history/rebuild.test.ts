import { describe, expect, it } from 'vitest'
import { memoryStore } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import type { Entry } from '../import/entry.ts'
import { storeEntries } from '../import/store-entries.ts'
import { rebuild, type RebuildProgress } from './rebuild.ts'

function* orders(prefix: string): Generator<Entry, never> {
  for (let n = 0; ; n++) {
    yield {
      kind: 'order',
      id: `${prefix}${n}`,
      placedAt: `2011-09-${String((n % 28) + 1).padStart(2, '0')}T10:00:00+01:00`,
      customerId: n % 5 === 0 ? null : String(n % 7),
      country: 'EIRE',
      lines: [
        { sku: String(n % 40), description: null, quantity: 1 + (n % 3), unitPriceMinor: 99, rounding: 0, line: 2 },
      ],
    }
  }
}

describe('a rebuild of the read models', () => {
  it('comes to what the events say, also those that come meanwhile, and can be done again', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime })
    const old = orders('old-')
    const entries = Array.from({ length: 3_000 }, () => old.next().value)
    await runtime.run(storeEntries(store, runtime, entries))
    const seen: RebuildProgress[] = []
    const first = await runtime.run(rebuild(store, runtime, orders('new-'), (now) => seen.push(now)))
    expect(first).toMatchObject({ agrees: true, events: 3_000 + first.addedMeanwhile })
    expect(first.readModels['invoices of customers']?.readModel).toBeGreaterThan(2_000)
    expect(Object.values(seen[0]?.lag ?? {})).toEqual([3_000, 3_000, 3_000])
    const again = await runtime.run(rebuild(store, runtime, orders('newer-'), () => {}))
    expect(again).toMatchObject({ agrees: true, events: first.events + again.addedMeanwhile })
    expect(again.addedMeanwhile).toBeGreaterThan(0)
    await store.close()
  })
})
