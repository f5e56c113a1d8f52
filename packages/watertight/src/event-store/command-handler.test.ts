import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Commit } from '../store/commit.ts'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { WatertightError } from '../runtime/error.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { account } from './account.fixture.ts'
import { send } from './command-handler.ts'
import { load } from './load.ts'
import { prepare } from './prepare.ts'
import { storeWithCommit } from './store-with-commit.fixture.ts'

const { open, deposit, withdraw } = account.commands

describe('send', () => {
  let runtime: VirtualRuntime
  let store: Store

  beforeEach(async () => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
    await send(store, account, '1', open({ currency: 'EUR' }), { runtime })
  })

  it('appends what was decided and says where', async () => {
    const sent = await send(store, account, '1', deposit({ amount: 5 }), { runtime })
    expect(sent).toMatchObject({ ok: true, version: 2, repeated: false, events: [{ type: 'deposited' }] })
    expect(await load(store, account, '1')).toMatchObject({ state: { balance: 5, currency: 'EUR' }, version: 2 })
  })

  it('hands a rejection back as a value and writes nothing', async () => {
    const sent = await send(store, account, '1', withdraw({ amount: 5 }), { runtime })
    expect(sent).toMatchObject({ ok: false, rejection: { code: 'OVERDRAWN' } })
    expect((await load(store, account, '1')).version).toBe(1)
  })

  it('succeeds without writing when nothing needs to happen', async () => {
    const sent = await send(store, account, '1', open({ currency: 'EUR' }), { runtime })
    expect(sent).toMatchObject({ ok: true, version: 1, events: [] })
  })

  it('looks the idempotency key up before deciding: a repetition that would be rejected now returns the first result', async () => {
    await send(store, account, '1', deposit({ amount: 5 }), { runtime })
    const first = await send(store, account, '1', withdraw({ amount: 5 }), { runtime, idempotencyKey: 'w' })
    const again = await send(store, account, '1', withdraw({ amount: 5 }), { runtime, idempotencyKey: 'w' })
    expect(first).toMatchObject({ ok: true, version: 3, repeated: false })
    expect(again).toEqual({ ...first, repeated: true })
  })

  it('does not reject a repetition whose first try is written while it reads', async () => {
    await send(store, account, '1', deposit({ amount: 5 }), { runtime })
    const first = Promise.withResolvers<void>()
    const slow = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name !== 'readStream') return value.bind(target)
        return async (...args: unknown[]) => {
          await first.promise
          return await value.apply(target, args)
        }
      },
    })
    const again = send(slow, account, '1', withdraw({ amount: 5 }), { runtime, idempotencyKey: 'w' })
    const sent = await send(store, account, '1', withdraw({ amount: 5 }), { runtime, idempotencyKey: 'w' })
    first.resolve()
    expect(await again).toEqual({ ...sent, repeated: true })
  })

  it('handles one command once, however often it is sent at the same time', async () => {
    const options = { runtime, idempotencyKey: 'd' }
    const sends = Array.from({ length: 20 }, () => send(store, account, '1', deposit({ amount: 5 }), options))
    const sent = await runtime.run(Promise.all(sends))
    expect(sent.filter((one) => one.ok && !one.repeated)).toHaveLength(1)
    expect((await load(store, account, '1')).state.balance).toBe(5)
  })

  it('decides again on the new state when somebody was faster', async () => {
    await send(store, account, '1', deposit({ amount: 10 }), { runtime })
    const sends = Array.from({ length: 5 }, () => send(store, account, '1', withdraw({ amount: 4 }), { runtime }))
    const sent = await runtime.run(Promise.all(sends))
    expect(sent.filter(({ ok }) => ok)).toHaveLength(2)
    expect((await load(store, account, '1')).state.balance).toBe(2)
  })

  it('gives up with a retryable conflict after the last attempt', async () => {
    const busy = storeWithCommit(store, async () => ({ ok: false, code: 'CONFLICT', what: 'stream account/1' }))
    const sent = send(busy, account, '1', deposit({ amount: 1 }), { runtime, attempts: 5 })
    await expect(runtime.run(sent)).rejects.toMatchObject({ code: 'CONFLICT', retryable: true })
  })

  it.each(['present', 'any', 1] as const)('goes on when the stream is %s, as expected', async (expected) => {
    const sent = await send(store, account, '1', deposit({ amount: 1 }), { runtime, expected })
    expect(sent).toMatchObject({ ok: true, version: 2 })
  })

  it.each(['absent', 0, 2] as const)('fails for good when the stream is not %s, as expected', async (expected) => {
    const sent = send(store, account, '1', deposit({ amount: 1 }), { runtime, expected })
    await expect(sent).rejects.toMatchObject({ code: 'CONFLICT', retryable: false })
  })

  it('writes further parts in the same commit, made from what was decided', async () => {
    await send(store, account, '1', deposit({ amount: 7 }), {
      runtime,
      also: ({ after }) => ({ rows: [{ table: 'balances', key: '1', value: after.balance }] }),
    })
    expect((await store.row('balances', '1'))?.value).toBe(7)
  })

  it('does not handle a command twice when the answer of the store is lost', async () => {
    let lost = 0
    const commit = async (one: Commit) => {
      const committed = await store.commit(one)
      if (lost++ === 0) throw new WatertightError('STORE_UNAVAILABLE', 'gone', { retryable: true })
      return committed
    }
    const flaky = storeWithCommit(store, commit)
    const sent = await runtime.run(send(flaky, account, '1', deposit({ amount: 5 }), { runtime }))
    expect(sent).toMatchObject({ ok: true, version: 2, repeated: true })
    expect((await load(store, account, '1')).state.balance).toBe(5)
  })

  it('reads streams that are longer than one page', async () => {
    const events = Array.from({ length: 2_500 }, (_, i) => ({
      id: `e${i}`,
      type: 'account.deposited',
      schema: 1,
      data: { amount: 1 },
      meta: { correlation: 'c', causation: 'c' },
    }))
    const stream = streamId('account', 'long')
    await store.commit({ appends: [{ stream, expected: 'absent', appendId: 'a', events }] })
    expect(await load(store, account, 'long')).toMatchObject({ state: { balance: 2_500 }, version: 2_500 })
    const again = await send(store, account, 'long', deposit({ amount: 1 }), { runtime, idempotencyKey: 'a' })
    expect(again.ok && again.events).toHaveLength(2_500)
  })

  it('never lets an account be overdrawn, whatever is sent at once', async () => {
    const amounts = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(amounts, async (list) => {
        const own = new VirtualRuntime()
        const bank = memoryStore({ runtime: own })
        await send(bank, account, 'a', open({ currency: 'EUR' }), { runtime: own })
        const sends = list.map((n) =>
          send(bank, account, 'a', n > 0 ? deposit({ amount: n }) : withdraw({ amount: -n }), {
            runtime: own,
            attempts: 50,
          }),
        )
        const sent = await own.run(Promise.all(sends))
        const moved = list.filter((_, i) => sent[i]?.ok === true).reduce((sum, n) => sum + n, 0)
        const { balance } = (await load(bank, account, 'a')).state
        expect(balance).toBe(moved)
        expect(balance).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 40 },
    )
  })
})

describe('prepare', () => {
  it('leaves the writing to another commit, and knows a repetition', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime })
    const options = { runtime, idempotencyKey: 'k' }
    const prepared = await prepare(store, account, '1', open({ currency: 'EUR' }), options)
    if (!prepared.ok || prepared.append === undefined) throw new Error('nothing was prepared')
    await store.commit({ appends: [prepared.append], rows: [{ table: 't', key: 'k', value: 1 }] })
    const again = await prepare(store, account, '1', open({ currency: 'EUR' }), options)
    expect(again).toMatchObject({ ok: true, repeated: true, append: undefined, version: 1, events: prepared.events })
  })
})
