import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { storeWithCommit } from './store-with-commit.fixture.ts'
import { subscribe } from './subscription.ts'
import type { Subscription } from './subscription-member.ts'
import type { BatchHandler, HandlerContext } from './subscription-options.ts'

const TTL = 10_000

describe('the deliveries of a subscription', () => {
  let runtime: VirtualRuntime
  let store: Store
  let open: Subscription[]
  let handled: { ids: readonly unknown[]; crashes: number }[]

  beforeEach(() => {
    runtime = new VirtualRuntime()
    store = memoryStore({ runtime })
    open = []
    handled = []
  })
  afterEach(async () => {
    for (const one of open) await one.close()
  })

  async function place(...ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const event = { id, type: 'order.placed', schema: 1, data: id, meta: { correlation: id, causation: id } }
      await store.commit({
        appends: [{ stream: streamId('order', id), expected: 'any', appendId: id, events: [event] }],
      })
    }
  }

  function member(handle: BatchHandler, through: Store = store, batch = 256): void {
    open.push(subscribe({ store: through, runtime, name: 'reader', leaseTtl: TTL, batch, handle }))
  }

  function note(events: Parameters<BatchHandler>[0], { crashes }: HandlerContext): void {
    handled.push({ ids: events.map(({ data }) => data), crashes })
  }

  /** A process that dies while it handles what `isDeadly` says: nothing it does afterwards reaches the store. */
  async function die(isDeadly: (ids: readonly unknown[]) => boolean, later: readonly string[] = []): Promise<void> {
    let dead = false
    const never = new Promise<never>(() => {})
    const cut = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => (dead ? never : Reflect.apply(value, target, args))
      },
    })
    const doomed = subscribe({
      store: cut,
      runtime,
      name: 'reader',
      leaseTtl: TTL,
      handle: (events, context) => {
        if (isDeadly(events.map(({ data }) => data))) {
          dead = true
          return never
        }
        note(events, context)
        return undefined
      },
    })
    await runtime.advance(0)
    await place(...later)
    await runtime.advance(0)
    expect(dead, 'the member died').toBe(true)
    await runtime.advance(2 * TTL)
    void doomed.close()
  }

  it('come in batches again after a member that ended in peace', async () => {
    await place('a', 'b')
    member(note)
    await runtime.advance(0)
    await open.pop()?.close()
    await place('c', 'd')
    member(note)
    await runtime.advance(0)
    expect(handled.map(({ ids }) => ids)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  it('come one by one after a crash, until what was under way is done, and in batches again behind it', async () => {
    await place('a', 'b', 'c')
    await die((ids) => ids.includes('b'))
    await place('d', 'e')
    member(note)
    await runtime.advance(TTL)
    expect(handled).toEqual([
      { ids: ['a'], crashes: 0 },
      { ids: ['b'], crashes: 0 },
      { ids: ['c'], crashes: 0 },
      { ids: ['d', 'e'], crashes: 0 },
    ])
  })

  it('count the crashes of the one event that kills, across processes', async () => {
    await place('a', 'b', 'c')
    for (let crash = 0; crash < 4; crash++) await die((ids) => ids.includes('b'))
    handled = []
    member(note)
    await runtime.advance(TTL)
    expect(handled).toEqual([
      { ids: ['b'], crashes: 3 },
      { ids: ['c'], crashes: 0 },
    ])
  })

  it('count a crash in the first batch after an idle time, which nobody could announce', async () => {
    await place('a')
    await die((ids) => ids.includes('b'), ['b', 'c'])
    handled = []
    member(note)
    await runtime.advance(TTL)
    expect(handled.map(({ ids }) => ids)).toEqual([['b'], ['c']])
  })

  it('do not suspect what failed and did not kill', async () => {
    await place('a', 'b')
    let failures = 5
    member((events, context) => {
      if (failures-- > 0) throw new Error('mail server down')
      note(events, context)
    })
    open.at(-1)?.on('failed', () => {})
    await runtime.advance('30s')
    expect(handled).toEqual([{ ids: ['a', 'b'], crashes: 0 }])
  })

  it('remember a crash also when the event fails without killing in between', async () => {
    await place('a', 'b')
    await die((ids) => ids.includes('a'))
    await die((ids) => ids.includes('a'))
    let failures = 3
    member((events, context) => {
      if (failures-- > 0) throw new Error('mail server down')
      note(events, context)
    })
    open.at(-1)?.on('failed', () => {})
    await runtime.advance('1m')
    expect(handled[0]).toEqual({ ids: ['a'], crashes: 1 })
  })

  it('do not suspect what waited for an outage to end when its process was stopped without a word', async () => {
    await place('a', 'b')
    for (let stop = 0; stop < 3; stop++) {
      let dead = false
      const cut = storeWithCommit(store, (commit) => (dead ? new Promise(() => {}) : store.commit(commit)))
      const doomed = subscribe({
        store: cut,
        runtime,
        name: 'reader',
        leaseTtl: TTL,
        retryDelay: '5s',
        handle: () => Promise.reject(new Error('down')),
      })
      doomed.on('failed', () => {})
      await runtime.advance('1s')
      dead = true
      void doomed.close()
      await runtime.advance(2 * TTL)
    }
    member(note)
    await runtime.advance(TTL)
    expect(handled).toEqual([{ ids: ['a', 'b'], crashes: 0 }])
  })

  it('cost no commit beside the one of the batch, as long as there is more', async () => {
    await place('a', 'b', 'c', 'd', 'e', 'f')
    let commits = 0
    const counting = storeWithCommit(store, (commit) => {
      commits++
      return store.commit(commit)
    })
    member(note, counting, 2)
    await runtime.advance(0)
    expect(handled).toHaveLength(3)
    // The first batch has nobody before it that could begin it.
    expect(commits).toBe(4)
  })
})
