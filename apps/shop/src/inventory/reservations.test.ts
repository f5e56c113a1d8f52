import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { systemRuntime } from 'watertight'
import { sqliteStore } from 'watertight/sqlite'
import { memoryStore, type Store, streamId } from 'watertight/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StockRow } from '../contract/inventory.ts'
import { Reservations } from './reservations.ts'

const runtime = systemRuntime

async function stocked(store: Store, stock: Readonly<Record<string, number>>): Promise<void> {
  await store.commit({
    rows: Object.entries(stock).map(([key, opening]) => ({
      table: 'stock',
      key,
      value: { opening, available: opening } satisfies StockRow,
    })),
  })
}

async function available(store: Store, sku: string): Promise<number | undefined> {
  return ((await store.row('stock', sku))?.value as StockRow | undefined)?.available
}

const reserve = (orderId: string, ...lines: [string, number][]) => ({
  kind: 'reserve' as const,
  orderId,
  lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
})
const release = (orderId: string) => ({ kind: 'release' as const, orderId })

describe('Reservations', () => {
  let store: Store
  let reservations: Reservations

  beforeEach(async () => {
    store = memoryStore({ runtime })
    await stocked(store, { bowl: 10, cup: 3 })
    reservations = new Reservations({ store, runtime })
  })
  afterEach(() => store.close())

  it('reserves all lines', async () => {
    await expect(reservations.execute(reserve('1', ['bowl', 4], ['cup', 3]))).resolves.toEqual({ status: 'reserved' })
    expect(await available(store, 'bowl')).toBe(6)
    expect(await available(store, 'cup')).toBe(0)
  })

  it('reserves nothing when one line is short, and names what is short', async () => {
    await expect(reservations.execute(reserve('1', ['bowl', 4], ['cup', 4], ['spoon', 1]))).resolves.toEqual({
      status: 'refused',
      skus: ['cup', 'spoon'],
    })
    expect(await available(store, 'bowl')).toBe(10)
  })

  it('does not fail its neighbours for an article whose number no database could hold: of that there is none', async () => {
    const answers = await Promise.all([
      reservations.execute(reserve('0', ['bowl', 1])),
      reservations.execute(reserve('1', ['bowl\0', 1])),
      reservations.execute(reserve('2', ['bowl', 1], ['cup\ud800', 1])),
      reservations.execute(reserve('3', ['bowl', 1])),
    ])
    expect(answers).toEqual([
      { status: 'reserved' },
      { status: 'refused', skus: ['bowl\0'] },
      { status: 'refused', skus: ['cup\ud800'] },
      { status: 'reserved' },
    ])
  })

  it('adds up the lines of one SKU before it looks at the stock', async () => {
    await expect(reservations.execute(reserve('1', ['cup', 2], ['cup', 2]))).resolves.toMatchObject({
      status: 'refused',
    })
    await reservations.execute(reserve('2', ['bowl', 2], ['bowl', 3]))
    expect(await available(store, 'bowl')).toBe(5)
  })

  it('answers a repeated reservation like the first, also when they come together', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => reservations.execute(reserve('1', ['bowl', 4]))))
    expect(answers).toEqual([{ status: 'reserved' }, { status: 'reserved' }, { status: 'reserved' }])
    await reservations.execute(reserve('1', ['bowl', 4]))
    expect(await available(store, 'bowl')).toBe(6)
  })

  it('answers a repeated refusal like the first, also when there is stock again', async () => {
    await reservations.execute(reserve('1', ['cup', 3]))
    await reservations.execute(reserve('2', ['cup', 1]))
    await reservations.execute(release('1'))
    await expect(reservations.execute(reserve('2', ['cup', 1]))).resolves.toEqual({ status: 'refused', skus: ['cup'] })
  })

  it('gives back once what it releases', async () => {
    await reservations.execute(reserve('1', ['bowl', 4]))
    await Promise.all([reservations.execute(release('1')), reservations.execute(release('1'))])
    await reservations.execute(release('1'))
    expect(await available(store, 'bowl')).toBe(10)
  })

  it('refuses a reservation that comes after its release', async () => {
    await expect(reservations.execute(release('1'))).resolves.toEqual({ status: 'released' })
    await expect(reservations.execute(reserve('1', ['bowl', 4]))).resolves.toEqual({ status: 'closed' })
    expect(await available(store, 'bowl')).toBe(10)
  })

  it('keeps the order of a reservation and a release that come together', async () => {
    const answers = await Promise.all([
      reservations.execute(reserve('1', ['cup', 3])),
      reservations.execute(release('1')),
    ])
    expect(answers.map(({ status }) => status)).toEqual(['reserved', 'released'])
    expect(await available(store, 'cup')).toBe(3)
  })

  it('tells what is available only after it is durable', async () => {
    const told: [string, number][] = []
    const telling = new Reservations({ store, runtime, onStock: (sku, units) => told.push([sku, units]) })
    await telling.execute(reserve('1', ['bowl', 4]))
    expect(told.at(-1)).toEqual(['bowl', 6])
    expect(told).not.toContainEqual(['bowl', 4])
  })

  it('conserves the stock whatever is asked, in whatever order', async () => {
    const command = fc.record({
      release: fc.boolean(),
      orderId: fc.constantFrom('a', 'b', 'c', 'd'),
      bowls: fc.integer({ min: 1, max: 6 }),
      cups: fc.integer({ min: 0, max: 2 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(command, { maxLength: 6 }), { maxLength: 5 }), async (rounds) => {
        const fresh = memoryStore({ runtime })
        await stocked(fresh, { bowl: 10, cup: 3 })
        const own = new Reservations({ store: fresh, runtime })
        for (const round of rounds) {
          await Promise.all(
            round.map(({ release: back, orderId, bowls, cups }) =>
              own.execute(
                back
                  ? release(orderId)
                  : reserve(orderId, ['bowl', bowls], ...(cups > 0 ? [['cup', cups] as [string, number]] : [])),
              ),
            ),
          )
        }
        for (const [sku, opening] of [
          ['bowl', 10],
          ['cup', 3],
        ] as const) {
          expect(await available(fresh, sku)).toBe(opening - (await heldOf(fresh, sku)))
          expect(await available(fresh, sku)).toBeGreaterThanOrEqual(0)
        }
        await fresh.close()
      }),
      { numRuns: 50 },
    )
  })
})

/** What the streams say is reserved and not released. */
async function heldOf(store: Store, sku: string): Promise<number> {
  const { events } = await store.readLog({ after: 0, categories: ['reservation'] })
  return events.reduce((held, { type, data }) => {
    const { lines = [] } = data as { lines?: readonly { sku: string; quantity: number }[] }
    const units = lines.filter((line) => line.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0)
    return type === 'reservation.reserved' ? held + units : type === 'reservation.released' ? held - units : held
  }, 0)
}

describe('Reservations of two processes on one database', () => {
  it('never sell a popular article twice', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inventory-'))
    const file = join(folder, 'inventory.db')
    const stores = [await sqliteStore({ file, runtime }), await sqliteStore({ file, runtime })] as const
    try {
      await stocked(stores[0], { rose: 100 })
      const desks = stores.map((store) => new Reservations({ store, runtime }))
      const answers = await Promise.all(
        Array.from({ length: 160 }, async (_, i) => desks[i % 2]?.execute(reserve(`order-${i}`, ['rose', 1]))),
      )
      expect(answers.filter((answer) => answer?.status === 'reserved')).toHaveLength(100)
      expect(answers.filter((answer) => answer?.status === 'refused')).toHaveLength(60)
      expect(await available(stores[0], 'rose')).toBe(0)
      expect((await stores[1].readStream(streamId('reservation', 'order-0'))).version).toBe(1)
    } finally {
      await Promise.all(stores.map((store) => store.close()))
      await rm(folder, { recursive: true })
    }
  })
})
