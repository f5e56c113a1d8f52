import { describe, expect, it } from 'vitest'
import { memoryStore, streamId } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import type { LedgerEntry } from '../contract/payments.ts'
import { ChargeBook } from './charge-book.ts'

const REQUEST = { orderId: '536365', amountMinor: 1999 }

const open = () => {
  const runtime = new VirtualRuntime()
  const store = memoryStore({ runtime })
  const book = new ChargeBook(store, runtime, 'provider-alpha')
  const ledger = async () => {
    const { events } = await store.readStream(streamId('ledger', 'provider-alpha'))
    return events.map(({ data }) => data as LedgerEntry)
  }
  const run = <T>(work: Promise<T>): Promise<T> => runtime.run(work)
  return { book, ledger, run }
}

describe('ChargeBook', () => {
  it('moves money once per key, also when asked many times at once', async () => {
    const { book, ledger, run } = open()
    const states = await run(Promise.all(Array.from({ length: 20 }, () => book.charge('k', REQUEST))))
    expect(new Set(states.map((state) => state.kind === 'charge' && state.chargeId)).size).toBe(1)
    expect(await ledger()).toMatchObject([{ kind: 'charge', key: 'k', ...REQUEST }])
  })

  it('refuses a late charge after the key was closed', async () => {
    const { book, ledger, run } = open()
    expect(await run(book.close('k'))).toEqual({ kind: 'closed' })
    expect(await run(book.charge('k', REQUEST))).toEqual({ kind: 'closed' })
    expect(await ledger()).toEqual([])
  })

  it('tells who closes a key that was charged about the charge', async () => {
    const { book, run } = open()
    await run(book.charge('k', REQUEST))
    expect(await run(book.close('k'))).toMatchObject({ kind: 'charge', status: 'charged' })
  })

  it('gives money back once per charge', async () => {
    const { book, ledger, run } = open()
    const state = await run(book.charge('k', REQUEST))
    const chargeId = state.kind === 'charge' ? state.chargeId : ''
    await run(Promise.all([book.refund('k', chargeId), book.refund('k', chargeId)]))
    expect((await ledger()).map(({ kind }) => kind)).toEqual(['charge', 'refund'])
    expect(await run(book.charge('k', REQUEST))).toMatchObject({ status: 'refunded' })
  })

  it('does not give back what it never took', async () => {
    const { book, ledger, run } = open()
    await run(book.charge('k', REQUEST))
    expect(await run(book.refund('k', 'another charge'))).toBeUndefined()
    expect(await run(book.refund('unknown', 'c'))).toBeUndefined()
    expect(await ledger()).toHaveLength(1)
  })

  it('keeps to a decline', async () => {
    const { book, ledger, run } = open()
    await run(book.decline('k'))
    expect(await run(book.charge('k', REQUEST))).toEqual({ kind: 'declined' })
    expect(await run(book.close('k'))).toEqual({ kind: 'declined' })
    expect(await ledger()).toEqual([])
  })
})
