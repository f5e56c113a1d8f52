import { afterEach, describe, expect, it } from 'vitest'
import { WatertightError } from '../runtime/error.ts'
import type { Append } from '../store/commit.ts'
import { streamId } from '../store/event.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { storeWithCommit } from './store-with-commit.fixture.ts'
import { subscribe } from './subscription.ts'
import type { Subscription } from './subscription-member.ts'
import type { BatchHandler, SubscriptionOptions } from './subscription-options.ts'

const open: Subscription[] = []

afterEach(async () => {
  for (const subscription of open.splice(0)) await subscription.close()
})

function setUp(): { runtime: VirtualRuntime; store: Store } {
  const runtime = new VirtualRuntime()
  return { runtime, store: memoryStore({ runtime }) }
}

let made = 0

function sampleAppend(id: string, type = 'order.placed', category = 'order'): Append {
  const event = { id: `e-${++made}`, type, schema: 1, data: id, meta: { correlation: id, causation: id } }
  return { stream: streamId(category, id), expected: 'any', appendId: event.id, events: [event] }
}

async function place(store: Store, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await store.commit({ appends: [sampleAppend(id)] })
}

function follow(
  { runtime, store }: { runtime: VirtualRuntime; store: Store },
  handle: BatchHandler,
  options: Partial<SubscriptionOptions> = {},
): Subscription {
  const subscription = subscribe({ store, runtime, name: 'reader', handle, ...options })
  open.push(subscription)
  return subscription
}

function collect(seen: unknown[]): BatchHandler {
  return (events) => {
    seen.push(...events.map(({ data }) => data))
  }
}

describe('subscribe', () => {
  it('hands over what is there, then what comes, in order', async () => {
    const world = setUp()
    const seen: unknown[] = []
    await place(world.store, 'a', 'b', 'c')
    const subscription = follow(world, collect(seen), { batch: 2 })
    await world.runtime.advance(0)
    expect(seen).toEqual(['a', 'b', 'c'])
    await place(world.store, 'd')
    await world.runtime.advance(0)
    expect(seen).toEqual(['a', 'b', 'c', 'd'])
    expect(await subscription.lag()).toBe(0)
  })

  it('hands over only the categories, tenant and types it was asked for', async () => {
    const world = setUp()
    const seen: unknown[] = []
    follow(world, collect(seen), { categories: ['order'], types: ['order.closed'], tenant: 'default' })
    await world.store.commit({
      appends: [sampleAppend('a'), sampleAppend('b', 'order.closed'), sampleAppend('c', 'order.closed', 'stock')],
    })
    await world.runtime.advance(0)
    expect(seen).toEqual(['b'])
  })

  it('goes on behind the checkpoint when it is opened again', async () => {
    const world = setUp()
    const seen: unknown[] = []
    await place(world.store, 'a', 'b')
    const first = follow(world, collect(seen))
    await world.runtime.advance(0)
    await first.close()
    await place(world.store, 'c')
    follow(world, collect(seen))
    await world.runtime.advance(0)
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  it('commits what the handler returns together with the checkpoint', async () => {
    const world = setUp()
    await place(world.store, 'a', 'b')
    follow(world, (events) => ({ rows: [{ table: 't', key: 'last', value: events.at(-1)?.data }] }))
    await world.runtime.advance(0)
    expect(await world.store.row('t', 'last')).toEqual({ value: 'b', version: 1 })
    expect(await world.store.checkpoint('reader')).toBe(2)
  })

  it('moves on over events it made before, under an older checkpoint', async () => {
    const world = setUp()
    const known = sampleAppend('mail', 'mail.sent', 'mail')
    await place(world.store, 'a')
    await world.store.commit({ appends: [known] })
    follow(world, () => ({ appends: [known], rows: [{ table: 't', key: 'k', value: 1 }] }), { categories: ['order'] })
    await world.runtime.advance(0)
    expect(await world.store.checkpoint('reader')).toBe(2)
    expect(await world.store.row('t', 'k')).toEqual({ value: 1, version: 1 })
  })

  it('repeats a batch that failed, after growing pauses, and goes on when it succeeds', async () => {
    const world = setUp()
    const seen: unknown[] = []
    const pauses: number[] = []
    await place(world.store, 'a')
    let failures = 4
    const subscription = follow(world, (events, context) => {
      if (failures-- > 0) throw new Error('mail server down')
      return collect(seen)(events, context)
    })
    subscription.on('failed', ({ retryInMs }) => pauses.push(retryInMs))
    await world.runtime.advance('10s')
    expect(seen).toEqual(['a'])
    expect(pauses).toHaveLength(4)
    expect(pauses.toSorted((a, b) => a - b)).toEqual(pauses)
    expect(world.runtime.reported).toEqual([])
  })

  it('reports failures to the runtime when nobody listens', async () => {
    const world = setUp()
    const error = new Error('mail server down')
    await place(world.store, 'a')
    follow(world, () => Promise.reject(error))
    await world.runtime.advance(0)
    expect(world.runtime.reported).toEqual([error])
  })

  it('handles nothing twice when the reply to its commit was lost', async () => {
    const world = setUp()
    const { store } = world
    await place(store, 'a', 'b')
    let lost = false
    const forgetful = storeWithCommit(store, async (commit) => {
      const committed = await store.commit(commit)
      if (!commit.checkpoint || lost) return committed
      lost = true
      throw new WatertightError('STORE_UNAVAILABLE', 'connection lost', { retryable: true })
    })
    const seen: unknown[] = []
    follow({ ...world, store: forgetful }, collect(seen))
    await world.runtime.advance('1s')
    expect(seen).toEqual(['a', 'b'])
    expect(lost).toBe(true)
  })

  it('runs one of two members, and the other when the first closes', async () => {
    const world = setUp()
    const [first, second]: [unknown[], unknown[]] = [[], []]
    const one = follow(world, collect(first))
    await world.runtime.advance(0)
    const two = follow(world, collect(second))
    await place(world.store, 'a')
    await world.runtime.advance('1m')
    expect([one.active, two.active]).toEqual([true, false])
    await one.close()
    await place(world.store, 'b')
    await world.runtime.advance('10s')
    expect([first, second]).toEqual([['a'], ['b']])
  })

  it('lets another member take over from one that died, and fences off what the dead one still tries', async () => {
    const world = setUp()
    const { store, runtime } = world
    await place(store, 'a')
    // The paused member: it took the lease and read, and never came back to renew.
    const fence = await store.acquire('subscription/reader', 10_000)
    const seen: unknown[] = []
    follow(world, collect(seen))
    await runtime.advance(9_000)
    expect(seen).toEqual([])
    await runtime.advance(5_000)
    expect(seen).toEqual(['a'])
    const late = store.commit({ checkpoint: { name: 'reader', from: 1, to: 1 }, ...(fence && { fence }) })
    await expect(late).resolves.toMatchObject({ ok: false, code: 'FENCED' })
  })

  it('stops handling when another member fenced it off, and tells its handler', async () => {
    const world = setUp()
    const { store, runtime } = world
    let aborted = false
    const subscription = follow(world, async (_events, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      aborted = true
    })
    await place(store, 'a')
    await runtime.advance(0)
    await store.release({ lease: 'subscription/reader', epoch: 1 })
    await store.acquire('subscription/reader', 3_600_000)
    await runtime.advance('10s')
    expect([aborted, subscription.active]).toEqual([true, false])
    expect(await store.checkpoint('reader')).toBe(0)
  })

  it('lets the batch under way end and be committed when it closes', async () => {
    const world = setUp()
    await place(world.store, 'a')
    const { promise: handled, resolve: finish } = Promise.withResolvers<void>()
    const subscription = follow(world, () => handled)
    await world.runtime.advance(0)
    const closing = subscription.close()
    finish()
    await closing
    expect(await world.store.checkpoint('reader')).toBe(1)
  })

  it('closes when its signal aborts, and keeps no timer', async () => {
    const world = setUp()
    const aborting = new AbortController()
    const subscription = follow(world, () => {}, { signal: aborting.signal })
    await world.runtime.advance(0)
    aborting.abort()
    await world.runtime.advance(0)
    expect(subscription.active).toBe(false)
    expect(world.runtime.pendingTimers).toBe(0)
  })

  it('holds the process by nothing while it waits', async () => {
    const world = setUp()
    follow(world, () => {})
    await world.runtime.advance('1m')
    expect(world.runtime.heldTimers).toBe(0)
  })

  it('stops at a checkpoint ahead of the log, instead of waiting for events it would take for old ones', async () => {
    const world = setUp()
    await world.store.commit({ checkpoint: { name: 'reader', from: 0, to: 500 } })
    const subscription = follow(world, () => {})
    const errors: unknown[] = []
    subscription.on('failed', ({ error }) => errors.push(error))
    await world.runtime.advance('1m')
    expect(errors).toEqual([expect.objectContaining({ code: 'CHECKPOINT_AHEAD' })])
    expect(subscription.active).toBe(false)
  })

  it('writes down now and then how far it read when nothing is of interest', async () => {
    const world = setUp()
    const subscription = follow(world, () => {}, { types: ['never'], batch: 1_000 })
    await world.runtime.advance(0)
    await Promise.all(Array.from({ length: 1_500 }, (_, i) => world.store.commit({ appends: [sampleAppend(`${i}`)] })))
    await world.runtime.advance(100)
    expect(await world.store.checkpoint('reader')).toBeGreaterThanOrEqual(1_000)
    expect(await subscription.lag()).toBe(0)
  })

  it('writes down how far it read when the log is idle, so that readers elsewhere need not wait for more events', async () => {
    const world = setUp()
    follow(world, () => {}, { types: ['never'] })
    await place(world.store, 'a', 'b')
    await world.runtime.advance('1s')
    expect(await world.store.checkpoint('reader')).toBe(2)
    expect(world.runtime.heldTimers).toBe(0)
  })

  it('goes on behind the last position its handler says it handled, when that is less than the batch', async () => {
    const world = setUp()
    const batches: unknown[] = []
    await place(world.store, 'a', 'b', 'c')
    follow(world, (events) => {
      batches.push(events.map(({ data }) => data))
      return batches.length === 1 ? { upTo: events[0]?.position ?? 0 } : {}
    })
    await world.runtime.advance(0)
    expect(batches).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c'],
    ])
  })

  it('says how old the last event was when it was handled', async () => {
    const world = setUp()
    const lags: number[] = []
    await place(world.store, 'a')
    await world.runtime.advance('3s')
    follow(world, () => {}).on('handled', ({ lagMs }) => lags.push(lagMs))
    await world.runtime.advance('1s')
    expect(lags).toEqual([3_000])
  })

  it('ends with the store, and says nothing', async () => {
    const world = setUp()
    const subscription = follow(world, () => {})
    await world.runtime.advance(0)
    await world.store.close()
    await world.runtime.advance('1m')
    expect([subscription.active, world.runtime.reported]).toEqual([false, []])
  })
})
