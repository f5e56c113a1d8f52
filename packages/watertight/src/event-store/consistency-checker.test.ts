import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { type ConsistencyChecker, consistencyChecker, type ConsistencyOptions } from './consistency-checker.ts'
import { parkedKeys } from './parked-keys.ts'
import { type Projection, projection } from './projection.ts'
import { readRow } from './read-row.ts'
import { type RunningProjection, runProjection } from './run-projection.ts'

function sum(row = 0, amount = 0): number {
  if (amount < 0) throw new RangeError('cannot add this')
  return row + amount
}

const each = projection<number>('each', { version: 1 })
  .on<number>('account.paid', sum)
  .on('account.closed', () => undefined)
const perDay = projection<number>('per-day', {
  version: 1,
  key: ({ meta }) => meta.correlation,
})
  .on<number>('account.paid', sum)
  .on('account.closed', () => undefined)

describe('the consistency checker', () => {
  let runtime: VirtualRuntime
  let store: Store
  let running: RunningProjection[]
  let made = 0

  beforeEach(() => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
    running = []
  })
  afterEach(async () => {
    for (const one of running) await one.close()
  })

  async function pay(id: string, ...amounts: readonly number[]): Promise<void> {
    for (const amount of amounts) await put(id, 'account.paid', amount)
  }

  async function put(id: string, type: string, data: unknown): Promise<void> {
    const event = { id: `e-${++made}`, type, schema: 1, data, meta: { correlation: id, causation: 'c' } }
    const stream = streamId('account', id)
    await store.commit({ appends: [{ stream, expected: 'any', appendId: event.id, events: [event] }] })
  }

  async function run(one: Projection<number>): Promise<void> {
    const member = runProjection(one, { store, runtime })
    member.on('parked', () => {})
    running.push(member)
    await runtime.advance('1s')
  }

  function checker(one: Projection<number>, options: Partial<ConsistencyOptions> = {}): ConsistencyChecker {
    return consistencyChecker(one, { store, runtime, ...options })
  }

  async function spoil(one: Projection<number>, key: string, value: unknown): Promise<void> {
    await store.commit({ rows: [{ table: one.table(), key, value }] })
  }

  it.each([each, perDay])('finds nothing wrong with $name where nothing is', async (one) => {
    await pay('a', 1, 2)
    await pay('b', 3)
    await put('b', 'account.closed', null)
    await run(one)
    await pay('a', 4)
    expect(await checker(one).check()).toMatchObject({ rows: 2, repaired: [], left: [] })
  })

  it.each([each, perDay])(
    'finds a wrong row, a missing one and a stray one of $name, and tells a person',
    async (one) => {
      for (const id of ['a', 'b', 'c']) await pay(id, 1, 2)
      await run(one)
      await spoil(one, 'a', { at: 2, row: 999 })
      await spoil(one, 'b', undefined)
      await spoil(one, 'd', { at: 1, row: 7 })
      const alerts: unknown[] = []
      const own = checker(one)
      own.on('alert', ({ inconsistencies }) => alerts.push(inconsistencies))
      const { left } = await runtime.run(own.check())
      expect(left.toSorted((x, y) => x.key.localeCompare(y.key))).toEqual([
        { tenant: 'default', key: 'a', expected: 3, actual: 999 },
        { tenant: 'default', key: 'b', expected: 3, actual: undefined },
        { tenant: 'default', key: 'd', expected: undefined, actual: 7 },
      ])
      expect(alerts).toEqual([left])
      expect(await readRow(one, store, 'c')).toBe(3)
    },
  )

  it.each([each, perDay])('repairs $name when it is told to, and the projection goes on from there', async (one) => {
    for (const id of ['a', 'b']) await pay(id, 1, 2)
    await run(one)
    await spoil(one, 'a', { at: 2, row: 999 })
    await spoil(one, 'b', undefined)
    await spoil(one, 'd', { at: 1, row: 7 })
    const report = await runtime.run(checker(one, { repair: true }).check())
    expect([report.repaired.map(({ key }) => key).toSorted(), report.left]).toEqual([['a', 'b', 'd'], []])
    await pay('a', 4)
    await runtime.advance('1s')
    expect(await Promise.all(['a', 'b', 'd'].map((key) => readRow(one, store, key)))).toEqual([7, 3, undefined])
  })

  it('calls nobody for a row that is right when it looks again', async () => {
    await pay('a', 1)
    await run(each)
    await spoil(each, 'a', { at: 1, row: 999 })
    const checking = checker(each).check()
    await runtime.advance(0)
    await spoil(each, 'a', { at: 1, row: 1 })
    expect(await runtime.run(checking)).toMatchObject({ left: [] })
  })

  it('reports to the runtime when nobody listens to its alerts', async () => {
    await pay('a', 1)
    await run(each)
    await spoil(each, 'a', { at: 1, row: 999 })
    await runtime.run(checker(each).check())
    expect(runtime.reported).toEqual([expect.objectContaining({ code: 'INCONSISTENT' })])
  })

  it('passes over what is parked, and does not miss what was skipped on purpose', async () => {
    await pay('a', 1, -1, 2)
    await pay('b', 1, -1, 2)
    await run(each)
    await parkedKeys(each, { store, runtime }).skip('b', { reason: 'a test' })
    expect(await runtime.run(checker(each).check())).toMatchObject({ rows: 1, left: [] })
  })

  it('checks again and again when it is told how often, holds no process by it, and ends when it is closed', async () => {
    await pay('a', 1)
    await run(each)
    let checks = 0
    const own = checker(each, { every: '1h' })
    own.on('checked', () => checks++)
    await runtime.advance('3h')
    expect([checks, runtime.heldTimers]).toEqual([3, 0])
    await own.close()
    await runtime.advance('3h')
    expect(checks).toBe(3)
  })
})
