import { listRows, type Projection, readRow, runProjection } from 'watertight/event-store'
import { memoryStore, type Store } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Entry, EntryLine } from '../import/entry.ts'
import { storeEntries } from '../import/store-entries.ts'
import { entryMinor } from './history-events.ts'
import { ALL_ARTICLES, bestsellers, customerPrefix, dailyRevenue, pastEntries, topArticles } from './read-models.ts'

const line = (sku: string, quantity: number, unitPriceMinor: number): EntryLine => ({
  sku,
  description: `the ${sku}`,
  quantity,
  unitPriceMinor,
  rounding: 0,
  line: 2,
})
const entry = (id: string, changes: Partial<Entry>): Entry => ({
  kind: 'order',
  id,
  placedAt: '2011-09-01T23:30:00+01:00',
  customerId: '17850',
  country: 'United Kingdom',
  lines: [line('BOWL', 2, 125)],
  ...changes,
})

const ENTRIES: readonly Entry[] = [
  entry('540001', { lines: [line('BOWL', 2, 125), line('MUG', 10, 300), line('POST', 1, 1_800)] }),
  entry('540002', { customerId: null, lines: [line('MUG', 1, 300), line('MUG', 1, 300)] }),
  entry('C540003', { kind: 'cancellation', placedAt: '2011-09-02T09:00:00+01:00', lines: [line('MUG', -4, 300)] }),
  entry('A540004', { kind: 'ledger-entry', customerId: null, lines: [line('B', 1, -1_106_206)] }),
  entry('540005', { kind: 'stock-adjustment', customerId: null, lines: [line('BOWL', -9, 0)] }),
]

describe('the read models of the old records', () => {
  const runtime = new VirtualRuntime()
  let store: Store
  beforeEach(async () => {
    store = memoryStore({ runtime })
    await runtime.run(storeEntries(store, runtime, ENTRIES))
  })

  const rowOf = async <Row>(model: Projection<Row>, key: string): Promise<Row | undefined> => {
    const running = runProjection(model, { store, runtime })
    await runtime.advance('1s')
    await runtime.run(running.close())
    return runtime.run(readRow(model, store, key))
  }

  it('list the invoices of a customer, refunds below 0', async () => {
    const key = `${customerPrefix('17850')}2011-09-02T09:00:00+01:00/C540003`
    expect(await rowOf(pastEntries, key)).toEqual({
      id: 'C540003',
      kind: 'cancellation',
      placedAt: '2011-09-02T09:00:00+01:00',
      country: 'United Kingdom',
      lines: 1,
      totalMinor: -1_200,
    })
    expect((await listRows(pastEntries, store)).map(({ row }) => row.id)).toEqual(['540001', 'C540003'])
  })

  it('know what sold best, less what came back, without fees and what was written off', async () => {
    const all = (await rowOf(bestsellers, ALL_ARTICLES)) ?? {}
    expect(topArticles(all, 1)).toEqual([{ sku: 'MUG', description: 'the MUG', units: 8, revenueMinor: 2_400 }])
    expect(topArticles(all, 9).map(({ sku, units }) => [sku, units])).toEqual([
      ['MUG', 8],
      ['BOWL', 2],
    ])
  })

  it('add up a day by the shop’s own calendar, not by UTC', async () => {
    const refunds = { refunds: 0, refundedMinor: 0 }
    expect(await rowOf(dailyRevenue, '2011-09-01')).toEqual({
      orders: 2,
      revenueMinor: 5_650,
      ...refunds,
      ledgerMinor: -1_106_206,
    })
    expect(await rowOf(dailyRevenue, '2011-09-02')).toMatchObject({ orders: 0, refunds: 1, refundedMinor: -1_200 })
  })

  it('come to the same sum as the entries', async () => {
    const days = [await rowOf(dailyRevenue, '2011-09-01'), await rowOf(dailyRevenue, '2011-09-02')]
    const inDays = days.reduce(
      (sum, day) => sum + (day?.revenueMinor ?? 0) + (day?.refundedMinor ?? 0) + (day?.ledgerMinor ?? 0),
      0,
    )
    expect(inDays).toBe(ENTRIES.reduce((sum, one) => sum + entryMinor(one), 0))
  })

  it('stay the same when the import is repeated, and tell of an entry that is another now', async () => {
    expect(await runtime.run(storeEntries(store, runtime, ENTRIES))).toEqual({
      stored: 0,
      repeated: ENTRIES.length,
      different: [],
    })
    const other = await runtime.run(storeEntries(store, runtime, [entry('540001', {})]))
    expect(other).toEqual({ stored: 0, repeated: 0, different: ['540001'] })
  })
})
