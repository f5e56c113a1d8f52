import { beforeEach, describe, expect, it } from 'vitest'
import type { Append } from '../store/commit.ts'
import type { NewEvent } from '../store/event.ts'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { account } from './account.fixture.ts'
import { send } from './command-handler.ts'
import { inlineRows } from './inline-rows.ts'
import { projection } from './projection.ts'
import { readRow } from './read-row.ts'
import { runProjection } from './run-projection.ts'

const summary = projection<{ n: number }>('cart-summary', { version: 1 })
  .on<{ quantity: number }>('cart.itemAdded', (row = { n: 0 }, { quantity }) => {
    if (quantity < 0) throw new RangeError('less than nothing')
    return { n: row.n + quantity }
  })
  .on('cart.emptied', () => undefined)

const stream = streamId('cart', 'c-1')
let made = 0

function added(quantity: number, type = 'cart.itemAdded'): NewEvent {
  const id = `e-${++made}`
  return { id, type, schema: 1, data: { quantity }, meta: { correlation: id, causation: id } }
}

function append(expected: number, ...events: readonly NewEvent[]): Append {
  return { stream, expected, appendId: `a-${++made}`, events }
}

describe('inlineRows', () => {
  let runtime: VirtualRuntime
  let store: Store

  beforeEach(() => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
  })

  async function commitInline(one: Append): Promise<unknown> {
    return await store.commit({ appends: [one], rows: await inlineRows(store, summary, one) })
  }

  it('writes nothing for events of no interest', async () => {
    expect(await inlineRows(store, summary, append(0, added(1, 'cart.viewed')))).toEqual([])
    expect(await inlineRows(store, summary, append(0, added(0, 'cart.emptied')))).toEqual([])
  })

  it('guards its write by the version of the row that was read, and says up to which version it is folded', async () => {
    await commitInline(append(0, added(2)))
    expect(await inlineRows(store, summary, append(1, added(3), added(4)))).toEqual([
      { table: 'cart-summary@1', key: 'c-1', value: { at: 3, row: { n: 9 } }, ifVersion: 1 },
    ])
  })

  it('is refused with the whole commit when the row was overtaken', async () => {
    const first = append(0, added(1))
    const second = { ...append(0, added(1)), expected: 'any' as const }
    const rows = await inlineRows(store, summary, { ...second, expected: 0 })
    expect(await commitInline(first)).toMatchObject({ ok: true })
    expect(await store.commit({ appends: [second], rows })).toMatchObject({ ok: false, code: 'CONFLICT', actual: 1 })
    expect((await store.readStream(stream)).version).toBe(1)
  })

  it('folds in what the row has missed of writers that do not know the projection', async () => {
    await store.commit({ appends: [append(0, added(5), added(1, 'cart.viewed'))] })
    await commitInline(append(2, added(2)))
    expect(await readRow(summary, store, 'c-1')).toEqual({ n: 7 })
  })

  it('counts no event twice when a follower runs beside, whoever is first', async () => {
    await store.commit({ appends: [append(0, added(5))] })
    const running = runProjection(summary, { store, runtime })
    await commitInline(append(1, added(2)))
    await runtime.advance('1s')
    expect(await readRow(summary, store, 'c-1')).toEqual({ n: 7 })
    await store.commit({ appends: [append(2, added(1))] })
    await runtime.advance('1s')
    await commitInline(append(3, added(1)))
    await runtime.advance('1s')
    expect(await readRow(summary, store, 'c-1')).toEqual({ n: 9 })
    await running.close()
  })

  it('brings no deleted row back when a follower comes to its events later', async () => {
    await commitInline(append(0, added(5)))
    await commitInline(append(1, added(0, 'cart.emptied')))
    const running = runProjection(summary, { store, runtime, batch: 1 })
    await runtime.advance('1s')
    expect(await readRow(summary, store, 'c-1')).toBeUndefined()
    await running.close()
  })

  it('makes no row of what is left of a stream whose first events were deleted', async () => {
    await store.commit({ appends: [append(0, added(5), added(6))] })
    await store.commit({ retention: [{ stream, truncate: 2 }] })
    expect(await inlineRows(store, summary, append(2, added(1)))).toEqual([])
  })

  it('does not hinder an event that it cannot fold: the follower parks the row', async () => {
    const parked: string[] = []
    await commitInline(append(0, added(5)))
    expect(await commitInline(append(1, added(-1)))).toMatchObject({ ok: true })
    const running = runProjection(summary, { store, runtime })
    running.on('parked', (event) => parked.push(event.parked.key))
    await runtime.advance('1s')
    expect(await readRow(summary, store, 'c-1')).toEqual({ n: 5 })
    expect(parked).toEqual(['c-1'])
    await running.close()
  })

  it('is kept up by the command handler, in the commit of the events', async () => {
    const balance = projection<number>('balance', { version: 1 }).on(
      account.events.deposited,
      (row = 0, { amount }) => row + amount,
    )
    const { open, deposit } = account.commands
    await send(store, account, '1', open({ currency: 'EUR' }), { runtime, inline: [balance] })
    const sends = [1, 2, 3].map((amount) =>
      send(store, account, '1', deposit({ amount }), { runtime, inline: [balance] }),
    )
    await runtime.run(Promise.all(sends))
    expect(await readRow(balance, store, '1')).toBe(6)
  })

  it('refuses a projection that folds several streams into a row, and an append that expects no exact version', async () => {
    const perSku = projection('per-sku', { version: 1, key: () => 'all' }).on('cart.itemAdded', () => 1)
    await expect(inlineRows(store, perSku, append(0, added(1)))).rejects.toThrow(/per-sku has a key of its own/)
    const vague = { ...append(0, added(1)), expected: 'any' as const }
    await expect(inlineRows(store, summary, vague)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})
