import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { subscribe } from './subscription.ts'
import type { Subscription } from './subscription-member.ts'

const TTL = 9_000

describe('a subscription in partitions', () => {
  let runtime: VirtualRuntime
  let store: Store
  let open: Subscription[]
  /** Which member handled which event of which stream. */
  let seen: { member: string; stream: string; n: number }[]
  let placed = 0

  beforeEach(() => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
    open = []
    seen = []
    placed = 0
  })
  afterEach(async () => {
    for (const one of open) await one.close()
  })

  async function place(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const n = ++placed
      const event = {
        id: `e-${n}`,
        type: 'order.placed',
        schema: 1,
        data: n,
        meta: { correlation: 'c', causation: 'c' },
      }
      const stream = streamId('order', `${n % 20}`)
      await store.commit({ appends: [{ stream, expected: 'any', appendId: event.id, events: [event] }] })
    }
  }

  function join(
    member: string,
    through: Store = store,
    partitions = 8,
  ): { owned: () => number; close(): Promise<void> } {
    let owned = 0
    const one = subscribe({
      store: through,
      runtime,
      name: 'reader',
      partitions,
      leaseTtl: TTL,
      handle: (events) => {
        for (const { stream, data } of events) seen.push({ member, stream: stream.id, n: Number(data) })
      },
    })
    one.on('owned', () => owned++)
    one.on('released', () => owned--)
    open.push(one)
    return { owned: () => owned, close: () => one.close() }
  }

  it('is handled whole by one member, each stream in order', async () => {
    await place(100)
    join('a')
    await runtime.advance('1m')
    expect(seen.map(({ n }) => n).toSorted((x, y) => x - y)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
    for (let id = 0; id < 20; id++) {
      const own = seen.filter(({ stream }) => stream === `${id}`).map(({ n }) => n)
      expect(own).toEqual(own.toSorted((x, y) => x - y))
    }
  })

  it('is shared out among the members that are there, and given back when one leaves', async () => {
    const [a, b] = [join('a'), join('b')]
    await runtime.advance('2m')
    expect([a.owned(), b.owned()]).toEqual([4, 4])
    const c = join('c')
    await runtime.advance('2m')
    expect(a.owned() + b.owned() + c.owned()).toBe(8)
    expect(Math.max(a.owned(), b.owned(), c.owned())).toBeLessThanOrEqual(3)
    await c.close()
    await runtime.advance('2m')
    expect([a.owned(), b.owned()]).toEqual([4, 4])
    await place(100)
    await runtime.advance('1m')
    expect(new Set(seen.map(({ n }) => n)).size).toBe(100)
    expect(seen).toHaveLength(100)
    expect(new Set(seen.map(({ member }) => member))).toEqual(new Set(['a', 'b']))
  })

  it('goes on without a member that died, with nothing lost and nothing twice', async () => {
    let isDead = false
    const never = new Promise<never>(() => {})
    const mortal = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => (isDead ? never : Reflect.apply(value, target, args))
      },
    })
    const doomed = join('doomed', mortal)
    open.pop()
    const b = join('b')
    await runtime.advance('2m')
    expect([doomed.owned(), b.owned()]).toEqual([4, 4])
    isDead = true
    await place(100)
    await runtime.advance('2m')
    expect(b.owned()).toBe(8)
    expect(
      seen
        .filter(({ member }) => member === 'b')
        .map(({ n }) => n)
        .toSorted((x, y) => x - y),
    ).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  })

  it('refuses another number of partitions than it began with: streams would change their checkpoints', async () => {
    join('a')
    await runtime.advance('1m')
    const errors: unknown[] = []
    const other = subscribe({ store, runtime, name: 'reader', partitions: 4, handle: () => {} })
    other.on('failed', ({ error }) => errors.push(error))
    open.push(other)
    await runtime.advance('1m')
    expect(errors).toEqual([
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(/must be 8/) }),
    ])
    expect(() => subscribe({ store, name: 'x', partitions: 0, handle: () => {} })).toThrow(/partitions must be/)
    expect(() => subscribe({ store, name: 'x', partitions: 2_000, handle: () => {} })).toThrow(/from 1 to 1024/)
  })

  it('holds no process, and leaves no timer and no member behind when it is closed', async () => {
    const a = join('a')
    await runtime.advance('1m')
    expect(runtime.heldTimers).toBe(0)
    await a.close()
    expect(runtime.pendingTimers).toBe(0)
    expect(await store.scanRows('@members/reader')).toEqual([])
  })
})
