import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CacheEntry, CacheStore } from 'watertight'
import { requireService } from '../../../../scripts/services/require-service.ts'
import { type OwnRedisClient, redisClient } from '../link/connect.ts'
import { connected } from '../link/connected.fixture.ts'
import { redisLink } from '../link/redis-link.ts'
import { redisCacheStore } from './redis-cache-store.ts'

const url = await requireService('redis')
const KEYS = ['a', 'b', 'c'] as const
const TAGS = ['x', 'y'] as const

const key = fc.constantFrom(...KEYS)
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ act: fc.constant('look' as const), key }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('put' as const),
      which: fc.nat(20),
      tags: fc.uniqueArray(fc.constantFrom(...TAGS)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('forgetKey' as const), key }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('forgetTag' as const), tag: fc.constantFrom(...TAGS) }) },
)

/** A load that a look has begun. */
interface Load {
  readonly key: string
  readonly stamp: string | number
  readonly number: number
  readonly process: CacheStore
  /** Invalidated since: its key, or these tags. */
  readonly forgotten: Set<string>
}

describe.skipIf(url === undefined)('a cache in Redis, used by two processes', () => {
  let client: OwnRedisClient
  let caches = 0

  beforeAll(async () => {
    client = await connected(redisClient({ url: url as string }))
  })
  afterAll(() => client.destroy())

  it('never gives an answer that was loaded before its key or one of its tags was invalidated', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const name = `law:${process.pid}:${Date.now()}:${caches++}`
        const make = (): CacheStore => redisCacheStore(redisLink(client, { maxWait: '5s' }), { name, waitForOther: 0 })
        const processes = [make(), make()] as const
        let loads: Load[] = []
        /** What must be found: the number of the load whose answer was put there last, and its tags. */
        const expected = new Map<string, { readonly number: number; readonly tags: readonly string[] }>()
        let number = 0
        for (const [at, one] of steps.entries()) {
          const process = processes[at % 2 === 0 ? 0 : 1]
          if (one.act === 'look') {
            const { entry, stamp } = await process.get(one.key)
            const found = entry?.answer.kind === 'success' ? entry.answer.value : undefined
            expect(found).toBe(expected.get(one.key)?.number)
            loads.push({ key: one.key, stamp, number: number++, process, forgotten: new Set() })
          } else if (one.act === 'put') {
            const load = loads[one.which % Math.max(1, loads.length)]
            if (load === undefined) continue
            loads = loads.filter((other) => other !== load)
            const entry: CacheEntry = {
              answer: { kind: 'success', value: load.number },
              negative: false,
              ttlMs: 60_000,
            }
            const kept = await load.process.set(load.key, entry, { stamp: load.stamp, keepMs: 60_000, tags: one.tags })
            const outdated = [load.key, ...one.tags.map((tag) => `#${tag}`)].some((mark) => load.forgotten.has(mark))
            if (outdated) expect(kept).toBe(false)
            const later = (expected.get(load.key)?.number ?? -1) > load.number
            if (later) expect(kept).toBe(false)
            if (kept) expected.set(load.key, { number: load.number, tags: one.tags })
          } else if (one.act === 'forgetKey') {
            await process.invalidate({ key: one.key })
            expected.delete(one.key)
            for (const { forgotten } of loads) forgotten.add(one.key)
          } else {
            await process.invalidate({ tag: one.tag })
            for (const [kept, { tags }] of expected) if (tags.includes(one.tag)) expected.delete(kept)
            for (const { forgotten } of loads) forgotten.add(`#${one.tag}`)
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})
