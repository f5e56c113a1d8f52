import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewEvent } from '../store/event.ts'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { inlineRows } from './inline-rows.ts'
import { projection } from './projection.ts'
import { readRow, runProjection } from './run-projection.ts'

const summary = projection<{ n: number }>('cart-summary', { version: 1 })
  .on<{ quantity: number }>('cart.itemAdded', (row = { n: 0 }, { quantity }) => ({ n: row.n + quantity }))
  .on('cart.emptied', () => undefined)

const perSku = projection<{ n: number }>('per-sku', {
  version: 1,
  key: ({ data }) => (hasSku(data) ? data.sku : undefined),
}).on<{ quantity: number }>('cart.itemAdded', (row = { n: 0 }, { quantity }) => ({ n: row.n + quantity }))

function hasSku(data: unknown): data is { sku: string } {
  return typeof data === 'object' && data !== null && 'sku' in data
}

let made = 0

function added(quantity: number, sku = 'sku'): NewEvent {
  const id = `e-${++made}`
  return { id, type: 'cart.itemAdded', schema: 1, data: { sku, quantity }, meta: { correlation: id, causation: id } }
}

function emptied(): NewEvent {
  return { ...added(0), type: 'cart.emptied', data: null }
}

describe('projection', () => {
  it('refuses a name that would blur with version and tenant, a version of 0 and a type given twice', () => {
    for (const name of ['', 'a@1', 'a/b']) {
      expect(() => projection(name, { version: 1 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    }
    expect(() => projection('a', { version: 0 })).toThrow(/version must be a positive whole number/)
    expect(() => summary.on('cart.emptied', () => undefined)).toThrow(/cart\.emptied/)
  })

  it('takes a type from what makes its events, and knows the shape of its data', () => {
    const itemAdded = Object.assign((data: { quantity: number }) => data, { type: 'cart.itemAdded' })
    const counted = projection<number>('counted', { version: 1 }).on(
      itemAdded,
      (row = 0, { quantity }) => row + quantity,
    )
    expect(counted.types).toEqual(['cart.itemAdded'])
    expect(counted.apply(1, { ...added(4), stream: streamId('cart', 'a') })).toBe(5)
  })

  it('gives each version and tenant a table of its own', () => {
    expect(summary.table()).toBe('cart-summary@1')
    expect(summary.table('acme')).toBe('cart-summary@1/acme')
  })
})

describe('inlineRows', () => {
  const stream = streamId('cart', 'c-1')

  it('writes nothing for events of no interest', () => {
    expect(inlineRows(summary, stream, undefined, [{ ...added(1), type: 'cart.viewed' }])).toEqual([])
    expect(inlineRows(summary, stream, undefined, [emptied()])).toEqual([])
  })

  it('guards its write by the version of the row that was read', () => {
    const current = { value: { n: 2 }, version: 7 }
    expect(inlineRows(summary, stream, current, [added(3), added(4)])).toEqual([
      { table: 'cart-summary@1', key: 'c-1', value: { n: 9 }, ifVersion: 7 },
    ])
  })

  it('notices a reducer that changes the row it is given', () => {
    const careless = projection<{ n: number }>('careless', { version: 1 }).on('cart.itemAdded', (row = { n: 0 }) =>
      Object.assign(row, { n: row.n + 1 }),
    )
    const [write] = inlineRows(careless, stream, { value: { n: 2 }, version: 1 }, [added(3)])
    expect(write?.value).toEqual({ n: 3 })
  })

  it('is refused with the whole commit when the row was overtaken', async () => {
    const store = memoryStore({ runtime: new VirtualRuntime() })
    const commit = (appendId: string): ReturnType<typeof store.commit> => {
      const events = [added(1)]
      const rows = inlineRows(summary, stream, undefined, events)
      return store.commit({ appends: [{ stream, expected: 'any', appendId, events }], rows })
    }
    expect(await commit('a')).toMatchObject({ ok: true })
    expect(await commit('b')).toMatchObject({ ok: false, code: 'CONFLICT', actual: 1 })
    expect((await store.readStream(stream)).version).toBe(1)
  })

  it('is refused for a projection that folds several streams into a row', () => {
    expect(() => inlineRows(perSku, stream, undefined, [added(1)])).toThrow(/per-sku has a key of its own/)
  })
})

describe('runProjection', () => {
  const history = fc.array(
    fc.record({
      cart: fc.constantFrom('a', 'b', 'c'),
      event: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(null)),
    }),
    { maxLength: 40 },
  )

  it('makes the rows that folding everything at once makes, inline and behind, whatever the batches', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 7 }), async (carts, batch) => {
        const runtime = new VirtualRuntime()
        const store = memoryStore({ runtime })
        const inline = projection<{ n: number }>('inline', { version: 1 })
          .on<{ quantity: number }>('cart.itemAdded', (row = { n: 0 }, { quantity }) => ({ n: row.n + quantity }))
          .on('cart.emptied', () => undefined)
        const running = runProjection(summary, { store, runtime, batch })
        const expected = new Map<string, number>()
        for (const { cart, event } of carts) {
          const stream = streamId('cart', cart)
          const events = [event === null ? emptied() : added(event)]
          const rows = inlineRows(inline, stream, await store.row(inline.table(), cart), events)
          await store.commit({ appends: [{ stream, expected: 'any', appendId: `a-${made}`, events }], rows })
          if (event === null) expected.delete(cart)
          else expected.set(cart, (expected.get(cart) ?? 0) + event)
        }
        await runtime.advance(100)
        await running.close()
        for (const cart of ['a', 'b', 'c']) {
          const row = expected.has(cart) ? { n: expected.get(cart) } : undefined
          expect(await readRow(summary, store, cart)).toEqual(row)
          expect(await readRow(inline, store, cart)).toEqual(row)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('folds the events of many streams into the rows their key names, and keeps tenants apart', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime })
    const running = runProjection(perSku, { store, runtime })
    const events = [added(2, 'mug'), added(3, 'tray'), { ...added(1), data: null }]
    for (const stream of [streamId('cart', 'a'), streamId('cart', 'b'), streamId('cart', 'a', 'acme')]) {
      await store.commit({ appends: [{ stream, expected: 'absent', appendId: 'a', events }] })
    }
    await runtime.advance(0)
    expect(await readRow(perSku, store, 'mug')).toEqual({ n: 4 })
    expect(await readRow(perSku, store, 'mug', 'acme')).toEqual({ n: 2 })
    expect(await store.scanRows(perSku.table())).toHaveLength(2)
    await running.close()
  })
})
