import { beforeEach, describe, expect, it } from 'vitest'
import { pipeline, retry } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'
import { FakeClient } from '../link/fake-client.fixture.ts'
import { redisLink } from '../link/redis-link.ts'
import type { SharedRateLimitOptions } from './limit-settings.ts'
import { sharedRateLimit } from './shared-rate-limit.ts'

let runtime = new VirtualRuntime()
let client = new FakeClient()

beforeEach(() => {
  runtime = new VirtualRuntime()
  client = new FakeClient()
})

const live = (options: SharedRateLimitOptions) =>
  pipeline('p', sharedRateLimit(redisLink(client, { failures: 2 }), options)).on(runtime)

const passed = async (outcomes: readonly Promise<{ kind: string }>[]): Promise<number> =>
  (await Promise.all(outcomes)).filter(({ kind }) => kind === 'success').length

describe('a shared rate limit', () => {
  it('does what Redis says, and says when to come again', async () => {
    const one = live({ limit: 10 })
    expect(await one.outcome(() => 1)).toMatchObject({ kind: 'success' })
    client.answer = () => [0, 1_500]
    expect(await one.outcome(() => 1)).toEqual({
      kind: 'refused',
      by: 'rateLimiter',
      code: 'RATE_LIMITED',
      retryAfterMs: 1.5,
    })
    expect(one.state().policies).toMatchObject({ rateLimiter: { admitted: 1, refused: 1, withoutRedis: 0 } })
  })

  it('asks with one key for each thing that is limited', async () => {
    const keys: string[] = []
    client.answer = (input) => {
      keys.push(...input.keys)
      return [1, 0]
    }
    const one = live({ limit: 10, by: 'key', id: 'search' })
    await one.run(() => 1, { key: 'tenant-7' })
    await one.run(() => 1)
    expect(keys).toEqual(['watertight:{limit:search:tenant-7}', 'watertight:{limit:search:}'])
  })

  it('lets its share through when Redis is gone, and neither blocks nor opens', async () => {
    client.fail()
    const one = live({ limit: 100, burst: 8, processes: 4 })
    expect(await passed(Array.from({ length: 50 }, () => one.outcome(() => 1)))).toBe(2)
    await runtime.advance('1s')
    expect(await passed(Array.from({ length: 50 }, () => one.outcome(() => 1)))).toBe(2)
    expect(one.state().policies).toMatchObject({ rateLimiter: { withoutRedis: 100 } })
  })

  it('costs a call no more than the wait of its link when Redis stands still, and the next ones nothing', async () => {
    client.hang()
    const one = live({ limit: 100 })
    const first = [one.outcome(() => 1), one.outcome(() => 1)]
    await runtime.advance('50ms')
    expect(await passed(first)).toBe(2)
    const asked = client.asked
    expect(await passed([one.outcome(() => 1)])).toBe(1)
    expect(client.asked).toBe(asked)
  })

  it('shares the limit again as soon as Redis is back', async () => {
    client.fail()
    const one = live({ limit: 100 })
    for (let i = 0; i < 3; i++) await one.outcome(() => 1)
    client.answer = () => [0, 1_000]
    await runtime.advance('1s')
    expect(await one.outcome(() => 1)).toMatchObject({ code: 'RATE_LIMITED' })
  })

  it('lets everything through without Redis where that is asked for', async () => {
    client.fail()
    expect(
      await passed(Array.from({ length: 50 }, () => live({ limit: 1, withoutRedis: 'allow' }).outcome(() => 1))),
    ).toBe(50)
  })

  it('waits for the turn that was reserved', async () => {
    client.answer = () => [1, 250_000]
    const one = live({ limit: 10, maxWait: '1s' })
    let called = false
    const outcome = one.outcome(() => {
      called = true
    })
    await runtime.advance(249)
    expect(called).toBe(false)
    expect(one.state().queued).toBe(1)
    await runtime.advance(1)
    expect(await outcome).toMatchObject({ kind: 'success' })
    expect(runtime.heldTimers).toBe(0)
    one.check()
  })

  it('leaves at once when the caller gives up while it waits for its turn', async () => {
    client.answer = () => [1, 250_000]
    const one = live({ limit: 10, maxWait: '1s' })
    const controller = new AbortController()
    const outcome = one.outcome(() => 1, { signal: controller.signal })
    await runtime.advance(1)
    controller.abort()
    expect(await outcome).toMatchObject({ kind: 'cancelled' })
    await runtime.advance(0)
    expect(one.state()).toMatchObject({ inFlight: 0, queued: 0 })
    expect(runtime.heldTimers).toBe(0)
  })

  it('reserves no turn that comes after the deadline', async () => {
    let wait = ''
    client.answer = (input) => {
      wait = input.arguments[4] ?? ''
      return [1, 0]
    }
    await live({ limit: 10, maxWait: '10s' }).outcome(() => 1, { deadline: runtime.now() + 100 })
    expect(wait).toBe('100000')
  })

  it('can be changed while it works', async () => {
    const one = live({ limit: 10 })
    let limit = ''
    client.answer = (input) => {
      limit = input.arguments[0] ?? ''
      return [1, 0]
    }
    one.update('rateLimiter', { limit: 20 })
    await one.run(() => 1)
    expect(limit).toBe('20')
    expect(() => one.update('rateLimiter', { limit: 0 })).toThrow(/limit must be a positive whole number/)
  })

  it('treats an answer that is none as no answer, and reports it', async () => {
    client.answer = () => 'OK'
    expect(await live({ limit: 10 }).outcome(() => 1)).toMatchObject({ kind: 'success' })
    expect(runtime.reported).toHaveLength(1)
  })

  it('refuses a cost that can never be let through', async () => {
    const one = live({ limit: 10, cost: () => 11 })
    expect(await one.outcome(() => 1)).toMatchObject({
      code: 'RATE_LIMITED',
      detail: 'costs 11 of at most 10',
    })
  })

  it('takes a computed cost that is none for 1, and reports it', async () => {
    const one = live({ limit: 10, cost: () => Number.NaN })
    expect(await one.outcome(() => 1)).toMatchObject({ kind: 'success' })
    expect(runtime.reported).toHaveLength(1)
  })

  it('tells of refusals and of calls that wait like any rate limiter', async () => {
    const one = live({ limit: 10, maxWait: '1s', by: 'key' })
    const told: unknown[] = []
    one.events.on('limiter.refused', (event) => told.push(event))
    one.events.on('limiter.queued', (event) => told.push(event))
    client.answer = () => [0, 2_000_000]
    await one.outcome(() => 1, { key: 'a' })
    client.answer = () => [1, 1_000]
    await runtime.run(one.run(() => 1, { key: 'a' }))
    expect(told).toEqual([
      {
        pipeline: 'p',
        policy: 'rateLimiter',
        call: 1,
        key: 'a',
        cost: 1,
        reason: 'wait',
        retryAfterMs: 2_000,
        waiting: 0,
      },
      { pipeline: 'p', policy: 'rateLimiter', call: 2, cost: 1, waiting: 1 },
    ])
  })

  it('is advised on like any rate limiter', () => {
    const link = redisLink(client)
    const inside = [retry({ attempts: 2 })]
    expect(pipeline('p', sharedRateLimit(link, { limit: 1 }), ...inside).advice).toMatchObject([
      { code: 'retry-inside-rate-limiter' },
    ])
    expect(pipeline('p', sharedRateLimit(link, { limit: 1, by: 'key' }), ...inside).advice).toEqual([])
  })

  it('refuses options that make no sense', () => {
    expect(() => live({ limit: 0 })).toThrow(/limit must be a positive whole number/)
    expect(() => live({ limit: 1, algorithm: 'sliding-window', burst: 2 })).toThrow(/burst/)
    expect(() => live({ limit: 1, algorithm: 'sliding-window', maxWait: 1 })).toThrow(/maxWait/)
    expect(() => live({ limit: 1, slices: 2 })).toThrow(/slices/)
    expect(() => live({ limit: 1, cost: 2 })).toThrow(/cost/)
    expect(() => live({ limit: 1_000_000, per: '365d' })).toThrow(/per must be shorter/)
    expect(() => live({ limit: 1, processes: 0 })).toThrow(/processes/)
  })
})
