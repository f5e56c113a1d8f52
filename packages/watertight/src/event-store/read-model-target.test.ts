import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WatertightError } from '../runtime/error.ts'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { memoryTarget } from '../testing/memory-target.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { consistencyChecker } from './consistency-checker.ts'
import type { RowEffect } from './effect-gate.ts'
import { parkedKeys } from './parked-keys.ts'
import { projection } from './projection.ts'
import type { ReadModelTarget } from './read-model-target.ts'
import { readRow } from './read-row.ts'
import { runProjection } from './run-projection.ts'
import { storeWithCommit } from './store-with-commit.fixture.ts'

const each = projection<number>('each', { version: 1 })
  .on<number>('account.paid', (row = 0, amount) => row + amount)
  .on('account.closed', () => undefined)
const total = projection<number>('total', { version: 1, key: () => 'all' }).on<number>(
  'account.paid',
  (row = 0, amount) => row + amount,
)

async function pay(store: Store, id: string, amount: number | undefined, n: number): Promise<void> {
  const type = amount === undefined ? 'account.closed' : 'account.paid'
  const event = { id: `e-${n}`, type, schema: 1, data: amount, meta: { correlation: 'c', causation: 'c' } }
  await store.commit({
    appends: [{ stream: streamId('account', id), expected: 'any', appendId: event.id, events: [event] }],
  })
}

describe('a projection into a target', () => {
  const payments = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      amount: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(undefined)),
      /** What happens to the batch: the commit is lost before or after, the target fails, or a dead member writes late. */
      fault: fc.constantFrom('none', 'commit lost', 'answer lost', 'target down', 'late write'),
    }),
    { maxLength: 20 },
  )

  it.each([each, total])('leaves the same rows in $name whatever is lost, repeated or late', async (one) => {
    await fc.assert(
      fc.asyncProperty(payments, fc.integer({ min: 1, max: 4 }), async (list, batch) => {
        const runtime = new VirtualRuntime()
        const store = memoryStore({ runtime })
        const target = memoryTarget()
        let fault = 'none'
        const late: (() => Promise<unknown>)[] = []
        const faulty: ReadModelTarget = {
          ...target,
          write: async (table, rows) => {
            const now = fault
            if (now === 'target down') {
              fault = 'none'
              throw new Error('no connection')
            }
            if (now === 'late write') late.push(() => target.write(table, rows))
            return target.write(table, rows)
          },
        }
        const faultyStore = storeWithCommit(store, async (commit) => {
          const now = commit.checkpoint ? fault : 'none'
          if (now !== 'none') fault = 'none'
          if (now === 'commit lost') throw new WatertightError('STORE_UNAVAILABLE', 'gone', { retryable: true })
          const committed = await store.commit(commit)
          if (now === 'answer lost') throw new WatertightError('STORE_UNAVAILABLE', 'gone', { retryable: true })
          return committed
        })
        const running = runProjection(one, { store: faultyStore, runtime, target: faulty, batch })
        running.on('failed', () => {})
        const expected = new Map<string, number>()
        for (const [n, { id, amount, fault: next }] of list.entries()) {
          fault = next
          await pay(store, id, amount, n)
          if (n % 3 === 0) await runtime.advance('1s')
          const key = one === each ? id : 'all'
          if (amount !== undefined) expected.set(key, (expected.get(key) ?? 0) + amount)
          else if (one === each) expected.delete(key)
        }
        await runtime.advance('1m')
        for (const write of late) await write()
        for (const key of ['a', 'b', 'c', 'all']) {
          expect(await readRow(one, store, key, { target })).toBe(expected.get(key))
        }
        await running.close()
      }),
      { numRuns: 60 },
    )
  })

  it('parks a row that the target will never take, and not the log', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime })
    const inner = memoryTarget()
    let isStrict = true
    const target: ReadModelTarget = {
      ...inner,
      write: async (table, rows, options) => {
        const refused = rows.filter(({ row }) => isStrict && row === 13)
        await inner.write(
          table,
          rows.filter((row) => !refused.includes(row)),
          options,
        )
        return refused.map(({ key }) => ({ key, error: new Error('13 does not fit the mapping') }))
      },
    }
    const done: string[] = []
    const effect = (changes: readonly RowEffect<number>[]) => void done.push(...changes.map(({ key }) => key))
    const running = runProjection(each, { store, runtime, target, effect })
    running.on('parked', () => {})
    await runtime.advance('1s')
    await pay(store, 'a', 13, 1)
    await pay(store, 'b', 5, 2)
    await runtime.advance('1s')
    await pay(store, 'a', 1, 3)
    await pay(store, 'b', 5, 4)
    await runtime.advance('1s')
    expect(await readRow(each, store, 'b', { target })).toBe(10)
    expect(done).toEqual(['b', 'b'])
    const keys = parkedKeys(each, { store, target, runtime })
    expect(await keys.list()).toEqual([expect.objectContaining({ key: 'a', heldTo: 2 })])
    expect(await keys.retry('a')).toEqual({ released: true })
    expect(await readRow(each, store, 'a', { target })).toBe(14)
    isStrict = false
    await running.close()
  })

  it('is compared with its events and repaired there', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime })
    const target = memoryTarget()
    const running = runProjection(each, { store, runtime, target })
    await pay(store, 'a', 1, 1)
    await pay(store, 'a', 2, 2)
    await runtime.advance('1s')
    await target.write(each.table(), [{ key: 'a', at: 2, row: 999 }], { replace: true })
    const report = await runtime.run(consistencyChecker(each, { store, target, runtime, repair: true }).check())
    expect([report.repaired.map(({ key }) => key), report.left]).toEqual([['a'], []])
    await pay(store, 'a', 3, 3)
    await runtime.advance('1s')
    expect(await readRow(each, store, 'a', { target })).toBe(6)
    await running.close()
  })
})
