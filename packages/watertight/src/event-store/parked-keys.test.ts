import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WatertightError } from '../runtime/error.ts'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import type { ParkedKey } from './parked-key.ts'
import { parkedKeys } from './parked-keys.ts'
import { type Projection, projection } from './projection.ts'
import { readRow } from './read-row.ts'
import { type RunningProjection, runProjection, type RunProjectionOptions } from './run-projection.ts'

const POISON = -1
let isMended = false
let made = 0

function sum(row = 0, amount = 0): number {
  if (amount === POISON && !isMended) throw new RangeError('cannot add this')
  return row + amount
}

/** One row for each stream, and one row for all of them. */
const each = projection<number>('each', { version: 1 }).on<number>('account.paid', sum)
const total = projection<number>('total', { version: 1, key: () => 'all' }).on<number>('account.paid', sum)

describe('an event that cannot be folded', () => {
  let runtime: VirtualRuntime
  let store: Store
  let open: RunningProjection[]
  let parked: ParkedKey[]

  beforeEach(() => {
    isMended = false
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
    open = []
    parked = []
  })
  afterEach(async () => {
    for (const one of open) await one.close()
  })

  async function pay(id: string, ...amounts: readonly number[]): Promise<string> {
    let token = ''
    for (const amount of amounts) {
      const event = { id: `e-${++made}`, type: 'account.paid', schema: 1, data: amount }
      const meta = { correlation: event.id, causation: event.id }
      const append = { stream: streamId('account', id), expected: 'any', appendId: event.id } as const
      const committed = await store.commit({ appends: [{ ...append, events: [{ ...event, meta }] }] })
      token = committed.ok ? committed.token : ''
    }
    return token
  }

  async function run(one: Projection<number>, options: Partial<RunProjectionOptions> = {}): Promise<RunningProjection> {
    const running = runProjection(one, { store, runtime, ...options })
    running.on('parked', (event) => parked.push(event.parked))
    running.on('failed', () => {})
    open.push(running)
    await runtime.advance('100ms')
    return running
  }

  it('parks its row and not the log: the rows of other streams go on', async () => {
    await pay('a', 1, POISON, 2)
    await pay('b', 5)
    await run(each)
    await pay('a', 3)
    await pay('b', 6)
    await runtime.advance('1s')
    expect(await readRow(each, store, 'a')).toBe(1)
    expect(await readRow(each, store, 'b')).toBe(11)
    expect(parked).toEqual([
      expect.objectContaining({ key: 'a', error: { name: 'RangeError', message: 'cannot add this' } }),
    ])
    const listed = await parkedKeys(each, { store }).list()
    expect(listed).toEqual([
      expect.objectContaining({ key: 'a', heldTo: 4, event: expect.objectContaining({ version: 2 }) }),
    ])
  })

  it('stops a fold over many streams whole, at that event', async () => {
    await pay('a', 1)
    await pay('b', 2, POISON)
    await pay('c', 4)
    await run(total)
    await runtime.advance('1m')
    expect(await readRow(total, store, 'all')).toBe(3)
    expect(await store.checkpoint(total.checkpoint)).toBe(2)
    expect(parked).toEqual([expect.objectContaining({ key: 'all', stops: true })])
  })

  it('is told to the runtime when nobody listens', async () => {
    await pay('a', POISON)
    open.push(runProjection(each, { store, runtime }))
    await runtime.advance('1s')
    expect(runtime.reported).toEqual([expect.objectContaining({ code: 'PARKED' })])
  })

  it.each([each, total])('lets its $name go on with nothing lost after a retry with better code', async (one) => {
    await pay('a', 1, POISON, 2)
    await run(one)
    await pay('a', 3)
    await runtime.advance('1s')
    const key = one === each ? 'a' : 'all'
    isMended = true
    expect(await parkedKeys(one, { store, runtime }).retry(key)).toEqual({ released: true })
    await pay('a', 4)
    await runtime.advance('2m')
    expect(await readRow(one, store, key)).toBe(9)
    expect(await parkedKeys(one, { store }).list()).toEqual([])
  })

  it.each([each, total])('is left out of $name after a skip, with the reason written down', async (one) => {
    await pay('a', 1, POISON, 2)
    await run(one)
    await pay('a', 3)
    await runtime.advance('1s')
    const key = one === each ? 'a' : 'all'
    const keys = parkedKeys(one, { store, runtime })
    expect(await keys.skip(key, { reason: 'a test', by: 'ann' })).toEqual({ released: true })
    await runtime.advance('2m')
    expect(await readRow(one, store, key)).toBe(6)
    const [skipped] = await keys.skipped()
    expect(skipped).toMatchObject({ key, reason: 'a test', by: 'ann', event: { version: 2 } })
  })

  it('stays parked when a retry meets it again, and at the later one when there is a second', async () => {
    await pay('a', 1, POISON, 2, POISON, 3)
    await run(each)
    const keys = parkedKeys(each, { store, runtime })
    expect(await keys.retry('a')).toMatchObject({ released: false, parked: { event: { version: 2 } } })
    expect(await keys.skip('a', { reason: 'no use' })).toMatchObject({
      released: false,
      parked: { event: { version: 4 } },
    })
    expect(await readRow(each, store, 'a')).toBe(3)
    expect(await keys.skip('a', { reason: 'no use either' })).toEqual({ released: true })
    expect(await readRow(each, store, 'a')).toBe(6)
  })

  it('is refused a retry or skip when nothing is parked, and a skip without a reason', async () => {
    const keys = parkedKeys(each, { store })
    await expect(keys.retry('a')).rejects.toMatchObject({ code: 'NOT_PARKED' })
    await expect(keys.skip('a', { reason: '' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('that newer code wrote parks nothing: newer code will come', async () => {
    const newer = projection<number>('newer', { version: 1 }).on('account.paid', () => {
      throw new WatertightError('SCHEMA_UNKNOWN', 'update the code')
    })
    await pay('a', 1)
    await run(newer)
    await runtime.advance('1m')
    expect(await parkedKeys(newer, { store }).list()).toEqual([])
    expect(await store.checkpoint(newer.checkpoint)).toBe(0)
  })

  it('parks its row after so many processes have died of it', async () => {
    const deadly = projection<number>('deadly', { version: 1 }).on<number>(
      'account.paid',
      (row = 0, amount) => row + amount,
    )
    await pay('a', 1, 2)
    await pay('b', 3)
    const [first] = (await store.readStream(streamId('account', 'a'))).events
    const left = { from: first?.position, to: first?.position, count: 3, epoch: 1 }
    await store.commit({ rows: [{ table: '@deliveries', key: deadly.checkpoint, value: left }] })
    await store.release((await store.acquire(`subscription/${deadly.checkpoint}`, 1_000)) ?? { lease: '', epoch: 0 })
    await run(deadly)
    expect(parked).toEqual([
      expect.objectContaining({
        key: 'a',
        error: { name: 'Error', message: expect.stringMatching(/3 processes died/) },
      }),
    ])
    expect(await readRow(deadly, store, 'b')).toBe(3)
    await parkedKeys(deadly, { store, runtime }).retry('a')
    expect(await readRow(deadly, store, 'a')).toBe(3)
  })

  it('loses and doubles nothing, whenever it is released while the projection runs', async () => {
    const amounts = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom(1, 2, POISON)), { maxLength: 25 })
    await fc.assert(
      fc.asyncProperty(amounts, fc.integer({ min: 1, max: 5 }), async (payments, batch) => {
        isMended = false
        runtime = new VirtualRuntime()
        store = memoryStore({ runtime })
        const running = await run(each, { batch })
        const keys = parkedKeys(each, { store, runtime })
        for (const [i, [id, amount]] of payments.entries()) {
          await pay(id, amount)
          if (i % 3 === 0) await runtime.advance(0)
          if (i % 4 === 3) {
            isMended = true
            for (const { key } of await keys.list()) await keys.retry(key)
            isMended = false
          }
        }
        await runtime.advance('1s')
        isMended = true
        for (const { key } of await keys.list()) await keys.retry(key)
        await runtime.advance('1s')
        for (const id of ['a', 'b']) {
          const own = payments.flatMap(([of, amount]) => (of === id ? [amount] : []))
          const expected = own.length > 0 ? own.reduce((all, amount) => all + amount, 0) : undefined
          expect(await readRow(each, store, id)).toBe(expected)
        }
        await running.close()
      }),
      { numRuns: 60 },
    )
  })
})
