import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cache, type CacheEntry, type CacheStore, pipeline } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'
import { requireService } from '../../../../scripts/services/require-service.ts'
import { type OwnRedisClient, redisClient } from '../link/connect.ts'
import { connected } from '../link/connected.fixture.ts'
import { redisLink } from '../link/redis-link.ts'
import { Script, slotted } from '../link/script.ts'
import { redisCacheStore, type RedisCacheStoreOptions } from './redis-cache-store.ts'

const url = await requireService('redis')
const same = { key: 'same' }

const entryOf = (value: unknown): CacheEntry => ({ answer: { kind: 'success', value }, negative: false, ttlMs: 60_000 })

describe.skipIf(url === undefined)('a cache in Redis', () => {
  let client: OwnRedisClient
  let name = ''
  let caches = 0

  beforeAll(async () => {
    client = await connected(redisClient({ url: url as string }))
  })
  beforeEach(() => {
    name = `test:${process.pid}:${Date.now()}:${caches++}`
  })
  afterAll(() => client.destroy())

  /** As another process would have it. */
  const store = (options: Partial<RedisCacheStoreOptions> = {}): CacheStore =>
    redisCacheStore(redisLink(client, { maxWait: '5s' }), { name, waitForOther: 0, ...options })
  const put = async (one: CacheStore, key: string, value: unknown, tags: readonly string[] = []): Promise<boolean> => {
    const { stamp } = await one.get(key)
    return await one.set(key, entryOf(value), { stamp, keepMs: 60_000, tags })
  }
  const valueOf = async (one: CacheStore, key: string): Promise<unknown> => {
    const { entry, stamp } = await one.get(key)
    await one.abandon?.(key, stamp)
    return entry?.answer.kind === 'success' ? entry.answer.value : undefined
  }
  const redis = async (command: string, ...args: string[]): Promise<unknown> =>
    await new Script(`return redis.call('${command}', unpack(ARGV))`).run(client, [], args)
  const keyOf = (kind: string, key: string): string => `${slotted('watertight', `cache:${name}`)}:${kind}:${key}`

  it('gives another process what one has put there, with its age by the clock of the server', async () => {
    expect(await put(store(), 'a', { price: 7 })).toBe(true)
    const found = await store().get('a')
    expect(found.entry).toEqual(entryOf({ price: 7 }))
    expect(found.ageMs).toBeLessThan(10_000)
  })

  it.each([undefined, null, 0, '', 'text', [1, { b: 2 }]])('keeps the value %j', async (value) => {
    await put(store(), 'a', value)
    expect((await store().get('a')).entry).toEqual(entryOf(value))
  })

  it('keeps an error that says that something is not there', async () => {
    const one = store()
    const { stamp } = await one.get('a')
    const error = Object.assign(new Error('no such user'), { status: 404 })
    const entry: CacheEntry = { answer: { kind: 'ignored', error }, negative: true, ttlMs: 1_000 }
    await one.set('a', entry, { stamp, keepMs: 1_000, tags: [] })
    const found = (await store().get('a')).entry
    expect(found).toMatchObject({
      negative: true,
      answer: { kind: 'ignored', error: { message: 'no such user', status: 404 } },
    })
  })

  it('puts nothing back that was loaded before its key was invalidated', async () => {
    const [one, other] = [store(), store()]
    const { stamp } = await one.get('a')
    await other.invalidate({ key: 'a' })
    expect(await one.set('a', entryOf('from before'), { stamp, keepMs: 60_000, tags: [] })).toBe(false)
    expect(await valueOf(other, 'a')).toBeUndefined()
  })

  it('puts nothing back that was loaded before one of its tags was invalidated', async () => {
    const [one, other] = [store(), store()]
    const { stamp } = await one.get('a')
    await other.invalidate({ tag: 'users' })
    expect(await one.set('a', entryOf('from before'), { stamp, keepMs: 60_000, tags: ['fine', 'users'] })).toBe(false)
    expect(await put(one, 'a', 'from after', ['fine', 'users'])).toBe(true)
    expect(await valueOf(other, 'a')).toBe('from after')
  })

  it('forgets all entries of a tag at once, and no others', async () => {
    const one = store()
    await put(one, 'a', 1, ['users', 'eu'])
    await put(one, 'b', 2, ['users'])
    await put(one, 'c', 3, ['eu'])
    await one.invalidate({ tag: 'users' })
    expect([await valueOf(one, 'a'), await valueOf(one, 'b'), await valueOf(one, 'c')]).toEqual([
      undefined,
      undefined,
      3,
    ])
    expect(await put(one, 'a', 4, ['users'])).toBe(true)
    expect(await valueOf(one, 'a')).toBe(4)
  })

  it('says how many entries a key had', async () => {
    const one = store()
    await put(one, 'a', 1)
    expect([await one.invalidate({ key: 'a' }), await one.invalidate({ key: 'a' })]).toEqual([1, 0])
  })

  it('brings back nothing that was forgotten when Redis has to evict what it knew of a tag', async () => {
    const one = store()
    await put(one, 'a', 1, ['users'])
    await redis('DEL', keyOf('t', 'users'))
    expect(await valueOf(one, 'a')).toBeUndefined()
  })

  it('lets no load put anything there that began before Redis lost its data', async () => {
    const one = store()
    const { stamp } = await one.get('a')
    for (const kind of ['e', 'l', 'm']) await redis('DEL', keyOf(kind, 'a'))
    await redis('DEL', `${slotted('watertight', `cache:${name}`)}:c`)
    expect(await one.set('a', entryOf('old'), { stamp, keepMs: 60_000, tags: [] })).toBe(false)
    expect(await put(one, 'a', 'new')).toBe(true)
  })

  it('does not let a slow load, whose lock has run out, replace what a later one has put there', async () => {
    const [slow, quick] = [store(), store()]
    const { stamp } = await slow.get('a')
    await redis('DEL', keyOf('l', 'a'))
    expect(await put(quick, 'a', 'quick')).toBe(true)
    expect(await slow.set('a', entryOf('slow'), { stamp, keepMs: 60_000, tags: [] })).toBe(false)
    expect(await valueOf(quick, 'a')).toBe('quick')
  })

  it('keeps nothing of a load that took longer than invalidations are remembered', async () => {
    const one = store({ longestLoad: 1 })
    const { stamp } = await one.get('a')
    const begun = JSON.parse(String(stamp)) as { begunUs: string }
    const early = JSON.stringify({ ...begun, begunUs: String(Number(begun.begunUs) - 2_000) })
    expect(await one.set('a', entryOf(1), { stamp: early, keepMs: 60_000, tags: [] })).toBe(false)
  })

  it('keeps nothing that is too long, and lets others load it', async () => {
    const one = store({ maxBytes: 100 })
    expect(await put(one, 'a', 'x'.repeat(200))).toBe(false)
    expect(await redis('EXISTS', keyOf('l', 'a'))).toBe(0)
  })

  it('takes what it cannot read for a miss, and replaces it', async () => {
    const runtime = new VirtualRuntime()
    const one = store({ runtime })
    await put(one, 'a', 1)
    await redis('HSET', keyOf('e', 'a'), 'v', 'garbage')
    expect((await one.get('a')).entry).toBeUndefined()
    expect(runtime.reported).toHaveLength(1)
    expect(await put(one, 'a', 2)).toBe(true)
  })

  it('loads once when two processes miss at once: the other waits for the answer', async () => {
    const process = () => pipeline('p', cache({ ttl: '1m', store: store({ waitForOther: '5s' }), storeLimit: '9s' }))
    const [one, other] = [process(), process()]
    const { promise, resolve } = Promise.withResolvers<string>()
    const { promise: loading, resolve: begun } = Promise.withResolvers<void>()
    const first = one.run(() => {
      begun()
      return promise
    }, same)
    await loading
    const second = other.run(() => 'loaded twice', same)
    resolve('loaded once')
    expect(await Promise.all([first, second])).toEqual(['loaded once', 'loaded once'])
  })

  it('lets another process load at once when the first load failed', async () => {
    const [one, other] = [store(), store({ waitForOther: '5s' })]
    const { stamp } = await one.get('a')
    const waiting = other.get('a')
    await one.abandon?.('a', stamp)
    const found = await waiting
    expect(found.entry).toBeUndefined()
    expect(await other.set('a', entryOf(1), { stamp: found.stamp, keepMs: 60_000, tags: [] })).toBe(true)
  })

  it('waits a bounded time for a process that loads and is not heard of', async () => {
    const one = store()
    await one.get('a')
    expect((await store({ waitForOther: 20 }).get('a')).entry).toBeUndefined()
  })

  it('forgets every key that says nothing any more', async () => {
    await put(store(), 'a', 1, ['users'])
    await store().invalidate({ key: 'b' })
    await store().get('c')
    const all = (await redis('KEYS', `*{cache:${name}}*`)) as string[]
    expect(all.length).toBeGreaterThan(3)
    for (const key of all) expect(await redis('PTTL', key)).toBeGreaterThan(0)
  })
})

describe('a cache whose Redis is gone', () => {
  const gone = {
    isReady: false,
    evalSha: () => Promise.reject(new Error('no')),
    eval: () => Promise.reject(new Error('no')),
  }
  const store = redisCacheStore(redisLink(gone), { name: 'gone' })

  it('loads, and answers', async () => {
    const live = pipeline('p', cache({ ttl: '1m', store })).on(new VirtualRuntime())
    expect(await live.run(() => 'loaded', same)).toBe('loaded')
  })

  it('says that an invalidation did not take place', async () => {
    await expect(store.invalidate({ key: 'a' })).rejects.toThrow(/Redis/)
  })

  it('refuses options that make no sense', () => {
    expect(() => redisCacheStore(redisLink(gone), { name: '' })).toThrow(/name/)
    expect(() => redisCacheStore(redisLink(gone), { name: 'a', maxBytes: 0 })).toThrow(/maxBytes/)
    expect(() => redisCacheStore(redisLink(gone), { name: 'a', lockFor: 0 })).toThrow(/lockFor/)
  })
})
