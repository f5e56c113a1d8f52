import { beforeEach, describe, expect, it } from 'vitest'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { fanOut } from './fan-out.ts'
import { projection } from './projection.ts'
import { listRows, readRow } from './read-row.ts'
import { runProjection } from './run-projection.ts'
import { storeWithCommit } from './store-with-commit.fixture.ts'

const each = projection<number>('each', { version: 1 })
  .on<number>('account.paid', (row = 0, amount) => {
    if (amount < 0) throw new RangeError('cannot add this')
    return row + amount
  })
  .on('account.closed', () => undefined)
const total = projection<number>('total', { version: 1, key: () => 'all' }).on<number>(
  'account.paid',
  (row = 0, amount) => {
    if (amount < 0) throw new RangeError('cannot add this')
    return row + amount
  },
)

describe('readRow with atLeast', () => {
  let runtime: VirtualRuntime
  let store: Store
  let made = 0

  beforeEach(() => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
  })

  async function pay(id: string, amount: number, type = 'account.paid'): Promise<string> {
    const event = { id: `e-${++made}`, type, schema: 1, data: amount, meta: { correlation: 'c', causation: 'c' } }
    const append = { stream: streamId('account', id), expected: 'any', appendId: event.id, events: [event] } as const
    const committed = await store.commit({ appends: [append] })
    if (!committed.ok) throw new Error(committed.code)
    return committed.token
  }

  it('shows your own write, at once when the projection runs in this process', async () => {
    const running = runProjection(each, { store, runtime })
    await runtime.advance('1s')
    const token = await pay('a', 5)
    const from = runtime.now()
    expect(await runtime.run(readRow(each, store, 'a', { atLeast: token, runtime }))).toBe(5)
    expect(runtime.now()).toBe(from)
    await running.close()
  })

  it('shows your own write at once also when the projection shares one reader of the log with others', async () => {
    const running = runProjection(each, { store: fanOut(store), runtime })
    await runtime.advance('1s')
    const token = await pay('a', 5)
    const from = runtime.now()
    expect(await runtime.run(readRow(each, store, 'a', { atLeast: token, runtime }))).toBe(5)
    expect(runtime.now()).toBe(from)
    await running.close()
  })

  it('shows your own write when the projection runs in another process', async () => {
    const running = runProjection(each, { store: storeWithCommit(store, (commit) => store.commit(commit)), runtime })
    const token = await pay('a', 5)
    expect(await runtime.run(readRow(each, store, 'a', { atLeast: token, runtime }))).toBe(5)
    await running.close()
  })

  it('need not wait for a next event when the last one was of no interest to the projection', async () => {
    const running = runProjection(each, { store: storeWithCommit(store, (commit) => store.commit(commit)), runtime })
    await pay('a', 5)
    const token = await pay('a', 0, 'account.viewed')
    expect(await runtime.run(readRow(each, store, 'a', { atLeast: token, runtime }))).toBe(5)
    await running.close()
  })

  it('gives up after its time with how far the projection is behind, and leaves no timer', async () => {
    await pay('a', 5)
    const token = await pay('a', 6)
    const read = readRow(each, store, 'a', { atLeast: token, limit: '200ms', runtime })
    await expect(runtime.run(read)).rejects.toMatchObject({
      code: 'TIMED_OUT',
      retryable: true,
      message: expect.stringMatching(/2 positions behind/),
    })
    expect([runtime.now(), runtime.pendingTimers]).toEqual([200, 0])
  })

  it.each([each, total])('answers PARKED where $name cannot take what it has to show, without waiting', async (one) => {
    const running = runProjection(one, { store, runtime })
    running.on('parked', () => {})
    running.on('failed', () => {})
    const before = await pay('a', 5)
    const token = await pay('a', -1)
    await runtime.advance('1s')
    const key = one === each ? 'a' : 'all'
    const from = runtime.now()
    await expect(readRow(one, store, key, { atLeast: token, runtime })).rejects.toMatchObject({ code: 'PARKED' })
    expect(await readRow(one, store, key, { atLeast: before, runtime })).toBe(5)
    expect(await readRow(one, store, key)).toBe(5)
    expect(runtime.now()).toBe(from)
    await running.close()
  })

  it('ends when its signal aborts', async () => {
    const token = await pay('a', 5)
    const aborting = new AbortController()
    const read = readRow(each, store, 'a', { atLeast: token, signal: aborting.signal, runtime })
    const failed = read.catch((error: unknown) => error)
    await runtime.advance('10ms')
    aborting.abort()
    expect(await runtime.run(failed)).toMatchObject({ code: 'CANCELLED' })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('refuses a token of another store, instead of taking its position for one of this', async () => {
    await pay('a', 5)
    const read = readRow(each, store, 'a', { atLeast: 'another.5', runtime })
    await expect(read).rejects.toMatchObject({ code: 'TOKEN_UNKNOWN' })
  })
})

describe('listRows', () => {
  it('gives the rows in order of key, without those that were deleted', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime })
    for (const [i, [id, type]] of [
      ['b', 'account.paid'],
      ['a', 'account.paid'],
      ['b', 'account.closed'],
      ['c', 'account.paid'],
    ].entries()) {
      const event = { id: `e-${i}`, type: type ?? '', schema: 1, data: i, meta: { correlation: 'c', causation: 'c' } }
      const stream = streamId('account', id ?? '')
      await store.commit({ appends: [{ stream, expected: 'any', appendId: event.id, events: [event] }] })
    }
    const running = runProjection(each, { store, runtime })
    await runtime.advance('1s')
    expect(await listRows(each, store)).toEqual([
      { key: 'a', row: 1 },
      { key: 'c', row: 3 },
    ])
    await running.close()
  })
})
