import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewEvent } from '../store/event.ts'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { inlineRows } from './inline-rows.ts'
import { projection } from './projection.ts'
import { readRow } from './read-row.ts'
import { runProjection } from './run-projection.ts'

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

  it('lifts older data to the shape of today where the type is given by what makes its events', () => {
    const itemAdded = Object.assign((data: { quantity: number }) => data, {
      type: 'cart.itemAdded',
      lift: (schema: number, data: unknown) => (schema === 1 ? { quantity: 1 } : data),
    })
    const counted = projection<number>('counted', { version: 1 }).on(
      itemAdded,
      (row = 0, { quantity }) => row + quantity,
    )
    expect(counted.apply(1, { ...added(4), stream: streamId('cart', 'a') })).toBe(2)
  })

  it('gives each version and tenant a table of its own', () => {
    expect(summary.table()).toBe('cart-summary@1')
    expect(summary.table('acme')).toBe('cart-summary@1/acme')
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
          const { version } = await store.readStream(stream, { max: 1 })
          const append = { stream, expected: version, appendId: `a-${made}`, events }
          await store.commit({ appends: [append], rows: await inlineRows(store, inline, append) })
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

  it('refuses streams of two categories where each has a row, instead of hiding events behind those of another stream', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime })
    const noted = projection<number>('noted', { version: 1 }).on('note.added', (row = 0) => row + 1)
    const note = (category: string, id: string) => {
      const event = { ...added(1), type: 'note.added' }
      const append = { stream: streamId(category, id), expected: 'any', appendId: event.id, events: [event] } as const
      return store.commit({ appends: [append] })
    }
    await note('order', '1')
    const running = runProjection(noted, { store, runtime })
    const errors: unknown[] = []
    running.on('failed', ({ error }) => errors.push(error))
    await runtime.advance('1s')
    await running.close()
    await note('customer', '1')
    const again = runProjection(noted, { store, runtime })
    again.on('failed', ({ error }) => errors.push(error))
    await runtime.advance(0)
    expect(errors).toEqual([
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(/order.*customer/) }),
    ])
    expect(await readRow(noted, store, '1')).toBe(1)
    await again.close()
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
    expect(await readRow(perSku, store, 'mug', { tenant: 'acme' })).toEqual({ n: 2 })
    expect(await store.scanRows(perSku.table())).toHaveLength(2)
    await running.close()
  })
})
