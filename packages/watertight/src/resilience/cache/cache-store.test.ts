import { describe, expect, it } from 'vitest'
import { cacheStoreContract } from '../../testing/cache-store-contract.ts'
import { VirtualRuntime } from '../../testing/virtual-runtime.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import { pipeline } from '../pipeline.ts'
import { cache, type CacheState } from './cache.ts'
import type { CacheEntry, CacheFinding, CachePut, CacheStore, Invalidation } from './cache-store.ts'
import { memoryCacheStore } from './memory-cache-store.ts'

const same = { key: 'same' }

/** A store elsewhere: answers after `latencyMs`, fails, or does not answer at all. */
class RemoteStore implements CacheStore {
  readonly inside
  readonly abandoned: (string | number)[] = []
  latencyMs = 10
  mode: 'well' | 'failing' | 'hanging' = 'well'
  looks = 0
  readonly #runtime: VirtualRuntime

  constructor(runtime: VirtualRuntime) {
    this.#runtime = runtime
    this.inside = memoryCacheStore(runtime)
  }

  get(key: string): Promise<CacheFinding> {
    this.looks++
    return this.#remotely(() => this.inside.get(key))
  }

  set(key: string, entry: CacheEntry, put: CachePut): Promise<boolean> {
    return this.#remotely(() => this.inside.set(key, entry, put))
  }

  invalidate(what: Invalidation): Promise<number> {
    return this.#remotely(() => this.inside.invalidate(what))
  }

  abandon(_key: string, stamp: string | number): Promise<void> {
    return this.#remotely(() => void this.abandoned.push(stamp))
  }

  async #remotely<T>(run: () => T): Promise<T> {
    if (this.mode === 'hanging') await new Promise(() => undefined)
    await new Promise<void>((resolve) => {
      this.#runtime.timer(this.latencyMs, resolve, true)
    })
    if (this.mode === 'failing') throw new Error('store is down')
    return run()
  }
}

function remote(): { runtime: VirtualRuntime; store: RemoteStore; live: LivePipeline } {
  const runtime = new VirtualRuntime()
  const store = new RemoteStore(runtime)
  return { runtime, store, live: pipeline('users', cache({ ttl: '1m', staleIfError: '1h', store })).on(runtime) }
}

function stateOf(live: LivePipeline): CacheState {
  return live.state().policies['cache'] as CacheState
}

describe('a cache with a store elsewhere', () => {
  it('gives what the store has, also to another process', async () => {
    const { runtime, store, live } = remote()
    expect(await runtime.run(live.run(() => 'loaded', same))).toBe('loaded')
    await runtime.advance(10)
    const other = pipeline('other', cache({ ttl: '1m', store })).on(runtime)
    expect(await runtime.run(other.run(() => 'never asked', same))).toBe('loaded')
  })

  it('looks once and loads once for all who ask at the same time', async () => {
    const { runtime, store, live } = remote()
    let loads = 0
    const calls = [1, 2, 3].map(() => live.run(() => ++loads, same))
    expect(await runtime.run(Promise.all(calls))).toEqual([1, 1, 1])
    expect(store.looks).toBe(1)
  })

  it('does not load again while the store is still putting the answer away', async () => {
    const { runtime, store, live } = remote()
    let loads = 0
    await runtime.run(live.run(() => ++loads, same))
    store.latencyMs = 100
    expect(await live.run(() => ++loads, same)).toBe(1)
  })

  it('takes a failing store for a miss, and reports it once', async () => {
    const { runtime, store, live } = remote()
    store.mode = 'failing'
    for (const n of [1, 2, 3]) expect(await runtime.run(live.run(() => n, same))).toBe(n)
    expect(runtime.reported).toEqual([new Error('store is down')])
    expect(stateOf(live).storeFailures).toBe(3)
    store.mode = 'well'
    await runtime.run(live.run(() => 4, same))
    await runtime.advance(10)
    expect(await runtime.run(live.run(() => 5, same))).toBe(4)
  })

  it('takes a store that throws at once for a miss', async () => {
    const runtime = new VirtualRuntime()
    const thrown = new Error('thrown')
    const store: CacheStore = {
      get: () => {
        throw thrown
      },
      set: () => true,
      invalidate: () => 0,
    }
    expect(
      await pipeline('users', cache({ ttl: '1m', store }))
        .on(runtime)
        .run(() => 1, same),
    ).toBe(1)
    expect(runtime.reported).toEqual([thrown])
  })

  it('does not wait for a store that hangs longer than it was told to, and asks it no more when too much is open', async () => {
    const { runtime, store, live } = remote()
    store.mode = 'hanging'
    const call = live.run(() => 'loaded', same)
    await runtime.advance(250)
    expect(await call).toBe('loaded')
    const calls = Array.from({ length: 1_500 }, (_, n) => live.run(() => n, { key: `${n}` }))
    await runtime.advance(250)
    await Promise.all(calls)
    expect(store.looks).toBe(1_000)
    expect(runtime.heldTimers).toBe(0)
  })

  it('hands a failed invalidation on to who asked for it: the old value may still be there', async () => {
    const { runtime, store, live } = remote()
    store.mode = 'failing'
    await expect(runtime.run(live.invalidate(same))).rejects.toThrow('store is down')
  })

  it('does not put a value back that was loaded before an invalidation by another process', async () => {
    const { runtime, store, live } = remote()
    const { promise, resolve } = Promise.withResolvers<string>()
    const early = live.run(() => promise, same)
    await runtime.advance(10)
    store.inside.invalidate(same)
    resolve('from before the write')
    await early
    await runtime.advance(10)
    expect(await runtime.run(live.run(() => 'from after the write', same))).toBe('from after the write')
  })

  it('does not share a look that began before an invalidation with who asks after it', async () => {
    const { runtime, store, live } = remote()
    await runtime.run(live.run(() => 'old', same))
    await runtime.advance(10)
    store.latencyMs = 100
    const early = live.run(() => 'x', same)
    store.latencyMs = 10
    await runtime.run(live.invalidate(same))
    expect(await runtime.run(live.run(() => 'new', same))).toBe('new')
    await runtime.advance(200)
    await early
  })

  it('tells the store when a load failed, so that nobody waits for it', async () => {
    const { runtime, store, live } = remote()
    await runtime.run(live.outcome(() => Promise.reject(new Error('broken')), same))
    await runtime.advance(10)
    expect(store.abandoned.length).toBeGreaterThan(0)
  })

  it('ends the wait of a caller who aborts while the store is asked, and does not load for it', async () => {
    const { runtime, live } = remote()
    const controller = new AbortController()
    let loads = 0
    const call = live.outcome(() => ++loads, { ...same, signal: controller.signal })
    controller.abort()
    expect(await call).toMatchObject({ kind: 'cancelled', cause: 'caller' })
    await runtime.advance('1m')
    expect(loads).toBe(0)
    expect(live.idle).toBe(true)
  })

  it('cannot be changed, and has limits of its own', () => {
    const { runtime, store, live } = remote()
    expect(() => live.update('cache', { store: memoryCacheStore(runtime) })).toThrow(/store must be left as it is/)
    expect(() => cache({ ttl: 1, store, max: 5 })).toThrow(/a store has limits of its own/)
  })
})

cacheStoreContract(
  'memoryCacheStore',
  () => {
    const runtime = new VirtualRuntime()
    return { store: memoryCacheStore(runtime), pass: (ms) => runtime.advance(ms) }
  },
  { describe, it },
)

describe('memoryCacheStore', () => {
  const entry: CacheEntry = { answer: { kind: 'success', value: 1 }, negative: false, ttlMs: 1_000 }

  it('refuses a stamp that is older than the invalidations it remembers', () => {
    const store = memoryCacheStore(new VirtualRuntime())
    const { stamp } = store.get('a')
    for (let n = 0; n < 10_001; n++) store.invalidate({ key: `${n}` })
    expect(store.set('a', entry, { stamp, keepMs: 1_000, tags: [] })).toBe(false)
    expect(store.set('a', entry, { stamp: store.get('a').stamp, keepMs: 1_000, tags: [] })).toBe(true)
  })

  it('forgets what is past its use when it comes across it', async () => {
    const runtime = new VirtualRuntime()
    const store = memoryCacheStore(runtime)
    store.set('a', entry, { stamp: 0, keepMs: 1_000, tags: ['t', 't'] })
    store.check()
    await runtime.advance(1_000)
    expect(store.get('a').entry).toBeUndefined()
    expect(store.state()).toEqual({ entries: 0, weight: 0, evicted: 0 })
    store.check()
  })
})
