import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LivePipeline, pipeline, systemRuntime } from 'watertight'
import { requireService } from '../../../../scripts/services/require-service.ts'
import { type OwnRedisClient, redisClient } from '../link/connect.ts'
import { connected } from '../link/connected.fixture.ts'
import { redisLink } from '../link/redis-link.ts'
import { TcpProxy } from '../link/tcp-proxy.fixture.ts'
import { manyProcesses } from './many-processes.fixture.ts'
import { sharedRateLimit, type SharedRateLimitState } from './shared-rate-limit.ts'

const url = await requireService('redis')
const LIMIT = 1_000
const BURST = 8
const PROCESSES = 4

describe.skipIf(url === undefined)('processes that share one limit', () => {
  it('never let more than the limit and one burst through in any second of the server', async () => {
    const seen = await manyProcesses(2, { url: url as string, limit: LIMIT, burst: 100, seconds: 2 })
    expect(seen.mostInASecond).toBeLessThanOrEqual(LIMIT + 100)
    expect(seen.withoutRedis).toBe(0)
    // Both take part, and the limit is used.
    expect(Math.min(...seen.admitted)).toBeGreaterThan(0)
    expect(seen.mostInASecond).toBeGreaterThan(LIMIT / 2)
  })
})

describe.skipIf(url === undefined)('a process whose Redis is lost in the middle', () => {
  let proxy: TcpProxy
  let client: OwnRedisClient
  let live: LivePipeline

  beforeEach(async () => {
    proxy = await TcpProxy.to(url as string)
    client = await connected(redisClient({ url: proxy.url, runtime: { random: () => 0, report: () => undefined } }))
    const link = redisLink(client, { failures: 2, retryEvery: '100ms', maxWait: '50ms' })
    const id = `lost:${process.pid}:${Date.now()}`
    live = pipeline('lost', sharedRateLimit(link, { id, limit: 1, per: '1h', burst: BURST, processes: PROCESSES })).on(
      systemRuntime,
    )
  })
  afterEach(async () => {
    client.destroy()
    await proxy.cut()
  })

  const admitted = async (calls: number): Promise<number> => {
    const outcomes = await Promise.all(Array.from({ length: calls }, () => live.outcome(() => 1)))
    expect(outcomes.map(({ kind }) => kind).filter((kind) => kind !== 'success' && kind !== 'refused')).toEqual([])
    return outcomes.filter(({ kind }) => kind === 'success').length
  }
  const withoutRedis = (): number => {
    const { rateLimiter: state } = live.state().policies
    return (state as SharedRateLimitState).withoutRedis
  }

  it('lets its share through from that very call on when it is killed', async () => {
    expect(await admitted(20)).toBe(BURST)
    expect(withoutRedis()).toBe(0)
    const underWay = admitted(1)
    await proxy.cut()
    expect((await underWay) + (await admitted(20))).toBe(BURST / PROCESSES)
  })

  it('lets its share through from that very call on when it stands still, and waits for it no more', async () => {
    expect(await admitted(20)).toBe(BURST)
    proxy.freeze()
    expect(await admitted(20)).toBe(BURST / PROCESSES)
    expect(withoutRedis()).toBe(20)
  })

  it('shares the limit again when it is back', async () => {
    expect(await admitted(20)).toBe(BURST)
    await proxy.cut()
    expect(await admitted(20)).toBe(BURST / PROCESSES)
    await proxy.open()
    await connected(client)
    const decidedByRedis = async (): Promise<boolean> => {
      const before = withoutRedis()
      await admitted(1)
      return withoutRedis() === before
    }
    await expect.poll(decidedByRedis, { interval: 20 }).toBe(true)
    expect(await admitted(20)).toBe(0)
  })
})
