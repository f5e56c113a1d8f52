import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Commit } from '../store/commit.ts'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { dropProjection } from './drop-projection.ts'
import type { RowEffect } from './effect-gate.ts'
import { inlineRows } from './inline-rows.ts'
import { parkedKeys } from './parked-keys.ts'
import { projection } from './projection.ts'
import { type ProjectionUpgrade, type UpgradeOptions, upgradeProjection } from './projection-upgrade.ts'
import { listRows, readRow } from './read-row.ts'
import { type RunningProjection, runProjection } from './run-projection.ts'

interface Sum {
  readonly sum: number
  readonly times: number
}

const v1 = projection<number>('paid', { version: 1 }).on<number>('account.paid', (row = 0, amount) => row + amount)
const v2 = projection<Sum>('paid', { version: 2 }).on<number>('account.paid', (row = { sum: 0, times: 0 }, amount) => {
  if (amount < 0) throw new RangeError('cannot add this')
  return { sum: row.sum + amount, times: row.times + 1 }
})

describe('the upgrade of a projection', () => {
  let runtime: VirtualRuntime
  let store: Store
  let open: { close(): Promise<void> }[]
  let made = 0

  beforeEach(() => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
    open = []
  })
  afterEach(async () => {
    for (const one of open) await one.close()
  })

  function paid(id: string, amount: number) {
    const event = { id: `e-${++made}`, type: 'account.paid', schema: 1, data: amount }
    const events = [{ ...event, meta: { correlation: 'c', causation: 'c' } }]
    return { stream: streamId('account', id), expected: 'any', appendId: event.id, events } as const
  }

  async function pay(id: string, ...amounts: readonly number[]): Promise<string> {
    let token = ''
    for (const amount of amounts) {
      const committed = await store.commit({ appends: [paid(id, amount)] })
      token = committed.ok ? committed.token : ''
    }
    return token
  }

  function run(one: RunningProjection): RunningProjection {
    open.push(one)
    return one
  }

  function upgrade(options: Partial<UpgradeOptions<number, Sum>> = {}): ProjectionUpgrade<Sum> {
    const upgraded = upgradeProjection({
      store,
      runtime,
      previous: { projection: v1 },
      next: { projection: v2, batch: 2 },
      lift: (sum) => ({ sum, times: 0 }),
      ...options,
    })
    open.push(upgraded)
    return upgraded
  }

  it('serves the previous version until the next one is up, then the next one, without a gap', async () => {
    run(runProjection(v1, { store, runtime }))
    await pay('a', ...Array.from({ length: 50 }, () => 1))
    await runtime.advance('1s')
    const flipped: number[] = []
    const upgraded = upgrade({ flip: 'manual' })
    upgraded.on('flipped', ({ since }) => flipped.push(since))
    expect(await upgraded.flip()).toBe(false)
    expect(await upgraded.read('a')).toEqual({ sum: 50, times: 0 })
    const token = await pay('a', 1)
    expect(await runtime.run(upgraded.read('a', { atLeast: token }))).toEqual({ sum: 51, times: 0 })
    await runtime.advance('1s')
    expect(await upgraded.read('a')).toEqual({ sum: 51, times: 0 })
    expect(await upgraded.flip()).toBe(true)
    expect(await upgraded.read('a')).toEqual({ sum: 51, times: 51 })
    expect(flipped).toEqual([51])
  })

  it('flips by itself, tells how far it is, and then keeps only the next version up', async () => {
    await pay('a', ...Array.from({ length: 20 }, () => 1))
    const shares: number[] = []
    const upgraded = upgrade()
    upgraded.on('progress', ({ share }) => shares.push(share))
    const { promise: flipped, resolve } = Promise.withResolvers<void>()
    upgraded.on('flipped', () => resolve())
    await runtime.run(flipped)
    await pay('a', 1)
    await runtime.advance('5s')
    expect(await upgraded.read('a')).toEqual({ sum: 21, times: 21 })
    expect(await readRow(v1, store, 'a')).toBe(20)
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true)
    expect(shares.length).toBeGreaterThan(0)
  })

  it('lets no reader see time go back, while both versions are written to all the time', async () => {
    run(runProjection(v1, { store, runtime, batch: 3 }))
    await pay('a', ...Array.from({ length: 30 }, () => 1))
    const upgraded = upgrade()
    let last = 0
    for (let i = 0; i < 200; i++) {
      await pay('a', 1)
      if (i % 7 === 0) await runtime.advance('20ms')
      const { sum } = (await upgraded.read('a')) ?? { sum: 0 }
      expect(sum).toBeGreaterThanOrEqual(last)
      last = sum
    }
    await runtime.advance('1s')
    expect(await upgraded.flip()).toBe(true)
    expect(await upgraded.read('a')).toEqual({ sum: 230, times: 230 })
  })

  it('shows nobody what the previous version has beyond the one that is live, however long the read took', async () => {
    const read = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const slow = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          if (name === 'row' && args[0] === v1.table()) await read.promise
          const { checkpoint } = Object(args[0]) as Commit
          if (name === 'commit' && checkpoint?.name === v2.checkpoint) await held.promise
          return await value.apply(target, args)
        }
      },
    })
    run(runProjection(v1, { store, runtime }))
    const upgraded = upgrade({ store: slow, flip: 'manual' })
    await runtime.advance(10)
    const early = upgraded.read('a')
    await runtime.advance(10)
    expect(await upgraded.flip()).toBe(true)
    await pay('a', 5)
    await runtime.advance(10)
    read.resolve()
    expect(await early).toEqual(await upgraded.read('a'))
    held.resolve()
    await runtime.advance(1_000)
    expect(await upgraded.read('a')).toEqual({ sum: 5, times: 1 })
  })

  it('does not flip to a version that has parked rows, and tells which', async () => {
    await pay('a', 1, -1)
    await pay('b', 2)
    const held: string[] = []
    const upgraded = upgrade()
    upgraded.next.on('parked', () => {})
    upgraded.on('held', ({ parkedKey }) => held.push(parkedKey))
    await runtime.advance('10s')
    expect(held).toEqual(['a'])
    expect(await upgraded.read('b')).toEqual({ sum: 2, times: 0 })
    await parkedKeys(v2, { store, runtime }).skip('a', { reason: 'a refund, by mistake' })
    await runtime.advance('1s')
    expect(await upgraded.read('b')).toEqual({ sum: 2, times: 1 })
  })

  it('does not flip while rows of any tenant it is told of are parked', async () => {
    const event = paid('a', -1)
    await store.commit({ appends: [{ ...event, stream: streamId('account', 'a', 'acme') }] })
    const held: string[] = []
    const upgraded = upgrade({ tenants: ['default', 'acme'] })
    upgraded.next.on('parked', () => {})
    upgraded.on('held', ({ parkedKey }) => held.push(parkedKey))
    await runtime.advance('2s')
    expect([held, await upgraded.flip()]).toEqual([['a'], false])
    await parkedKeys(v2, { store, runtime }).skip('a', { reason: 'a test', tenant: 'acme' })
    await runtime.advance('2s')
    expect(await upgraded.flip()).toBe(true)
  })

  it('does not flip before the next version has what was there at the beginning, though the previous one never ran', async () => {
    await pay('a', 1, 1, 1)
    const upgraded = upgrade({ flip: 'manual' })
    expect(await upgraded.flip()).toBe(false)
    await runtime.advance('1s')
    expect(await upgraded.flip()).toBe(true)
  })

  it('flips once for all processes, and never back', async () => {
    await pay('a', 1)
    const [one, two] = [upgrade(), upgrade()]
    const flipped: string[] = []
    one.on('flipped', () => flipped.push('one'))
    two.on('flipped', () => flipped.push('two'))
    await runtime.advance('30s')
    expect(flipped).toHaveLength(1)
    expect(await two.read('a')).toEqual({ sum: 1, times: 1 })
    const late = upgrade()
    expect(await late.flip()).toBe(true)
    expect(flipped).toHaveLength(1)
  })

  it('brings inline rows of the next version what writers of the previous one leave out', async () => {
    const upgraded = upgrade({ flip: 'manual' })
    for (let i = 0; i < 12; i++) {
      const append = { ...paid('a', 1), expected: i }
      // Old and new writers take turns.
      const inline = i % 2 === 0 ? inlineRows(store, v1, append) : inlineRows(store, v2, append)
      expect(await store.commit({ appends: [append], rows: await inline })).toMatchObject({ ok: true })
      if (i % 5 === 0) await runtime.advance('10ms')
    }
    await runtime.advance('10s')
    expect(await readRow(v1, store, 'a')).toBe(12)
    expect(await readRow(v2, store, 'a')).toEqual({ sum: 12, times: 12 })
    expect(await upgraded.flip()).toBe(true)
  })

  it('keeps no timer and no process after it was closed', async () => {
    const upgraded = upgrade()
    await runtime.advance('1s')
    expect(runtime.heldTimers).toBe(0)
    await upgraded.close()
    expect(runtime.pendingTimers).toBe(0)
  })

  it('refuses two projections of different names, and a next version that is not later', () => {
    const other = projection<Sum>('other', { version: 2 })
    expect(() => upgrade({ next: { projection: other } })).toThrow(/a version of projection paid/)
    const same = projection<Sum>('paid', { version: 1 })
    expect(() => upgrade({ next: { projection: same } })).toThrow(/later than version 1/)
  })

  it('does nothing in the world while a version is built, and everything once it is live', async () => {
    const done: string[] = []
    const effectOf = (name: string) => (changes: readonly RowEffect<unknown>[]) => {
      for (const { key, events } of changes) for (const { data } of events) done.push(`${name}: ${key} ${String(data)}`)
    }
    await pay('a', 1)
    run(runProjection(v1, { store, runtime, effect: effectOf('v1') }))
    await runtime.advance('1s')
    await pay('a', 2)
    await runtime.advance('1s')
    expect(done).toEqual(['v1: a 2'])
    const next = run(runProjection(v2, { store, runtime, effect: effectOf('v2') }))
    await pay('a', 3)
    await runtime.advance('1s')
    expect(done.splice(0)).toEqual(['v1: a 2', 'v1: a 3'])
    await next.close()
    expect(await runtime.run(flipNow())).toBe(true)
    run(runProjection(v2, { store, runtime, effect: effectOf('v2') }))
    await pay('a', 4)
    await runtime.advance('10s')
    expect(done).toEqual(['v2: a 4'])
  })

  async function flipNow(): Promise<boolean> {
    const upgraded = upgrade({ flip: 'manual' })
    await upgraded.next.lag()
    const isFlipped = await upgraded.flip()
    await upgraded.close()
    return isFlipped
  }
})

describe('dropProjection', () => {
  it('deletes rows and place of a version, which is then built anew; but not of one that runs or is live', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryStore({ runtime })
    const event = { id: 'e', type: 'account.paid', schema: 1, data: 5, meta: { correlation: 'c', causation: 'c' } }
    const stream = streamId('account', 'a')
    await store.commit({ appends: [{ stream, expected: 'any', appendId: 'a', events: [event] }] })
    const running = runProjection(v1, { store, runtime })
    await runtime.advance('1s')
    await expect(dropProjection(v1, { store })).rejects.toMatchObject({ code: 'IN_USE' })
    await running.close()
    await dropProjection(v1, { store })
    expect(await listRows(v1, store)).toEqual([])
    const again = runProjection(v1, { store, runtime, effect: () => {} })
    await runtime.advance('1s')
    expect(await readRow(v1, store, 'a')).toBe(5)
    await again.close()
    await expect(dropProjection(v1, { store })).rejects.toThrow(/live/)
  })
})
