import { createClient, createCluster } from 'redis'
import { afterEach, describe, expect, it } from 'vitest'
import { type CacheEntry, systemRuntime } from 'watertight'
import { requireService } from '../../../../scripts/services/require-service.ts'
import { redisCacheStore } from '../cache/redis-cache-store.ts'
import { redisClient } from './connect.ts'
import { connected } from './connected.fixture.ts'
import type { RedisClient } from './redis-client.ts'
import { redisLink } from './redis-link.ts'
import { Script } from './script.ts'
import { TcpProxy } from './tcp-proxy.fixture.ts'

const url = await requireService('redis')
const script = new Script('return {KEYS[1], ARGV[1]}')
const ask = async (client: RedisClient) =>
  await redisLink(client, { maxWait: '2s', failures: 100 }).ask(systemRuntime, script, ['key'], [1])

let cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps) await cleanUp()
  cleanUps = []
})

describe('a client of our own', () => {
  it('is there before the server is, and answers at once that there is none', async () => {
    const client = redisClient({ url: 'redis://127.0.0.1:1', runtime: { random: () => 0, report: () => undefined } })
    expect(await ask(client)).toMatchObject({ kind: 'failure', error: { code: 'REDIS_UNAVAILABLE' } })
    client.destroy()
  })

  it('refuses a URL that is none', () => {
    expect(() => redisClient({ url: '' })).toThrow(/url/)
  })
})

describe.skipIf(url === undefined)('a client of our own, of a real server', () => {
  it('finds it again by itself, and tells each loss once', async () => {
    const proxy = await TcpProxy.to(url as string)
    const reported: unknown[] = []
    const client = redisClient({
      url: proxy.url,
      runtime: { random: () => 0, report: (error) => reported.push(error) },
    })
    cleanUps.push(
      () => client.destroy(),
      async () => await proxy.cut(),
    )
    await connected(client)
    expect(await ask(client)).toEqual({ kind: 'success', value: ['key', '1'] })
    await proxy.cut()
    await expect.poll(() => client.isReady, { interval: 2 }).toBe(false)
    // Long enough for some attempts to connect.
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(reported).toHaveLength(1)
    await proxy.open()
    await connected(client)
    expect(await ask(client)).toEqual({ kind: 'success', value: ['key', '1'] })
  })
})

describe.skipIf(url === undefined)('clients of the package redis', () => {
  it('serve as they are', async () => {
    const client = createClient({ url: url as string })
    client.on('error', () => undefined)
    await client.connect()
    cleanUps.push(() => client.destroy())
    expect(await ask(client)).toEqual({ kind: 'success', value: ['key', '1'] })
  })

  it('serve when they put something before every key, tags included', async () => {
    const client = createClient({ url: url as string, keyPrefix: 'mine:' })
    client.on('error', () => undefined)
    await client.connect()
    cleanUps.push(() => client.destroy())
    const store = redisCacheStore(redisLink(client, { maxWait: '2s' }), {
      name: `prefixed:${process.pid}:${Date.now()}`,
    })
    const { stamp } = await store.get('a')
    const entry: CacheEntry = { answer: { kind: 'success', value: 1 }, negative: false, ttlMs: 1_000 }
    expect(await store.set('a', entry, { stamp, keepMs: 1_000, tags: ['t'] })).toBe(true)
    expect((await store.get('a')).entry).toEqual(entry)
    await store.invalidate({ tag: 't' })
    expect((await store.get('a')).entry).toBeUndefined()
  })

  it('are not waited for when they have no connection', async () => {
    expect(await ask(createClient({ url: url as string }))).toMatchObject({ error: { code: 'REDIS_UNAVAILABLE' } })
    expect(await ask(createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] }))).toMatchObject({ kind: 'failure' })
  })
})
