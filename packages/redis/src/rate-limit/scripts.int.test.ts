import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireService } from '../../../../scripts/services/require-service.ts'
import { type OwnRedisClient, redisClient } from '../link/connect.ts'
import { connected } from '../link/connected.fixture.ts'
import { Script } from '../link/script.ts'
import { readDecision } from './decision.ts'
import { gcraScript } from './gcra-script.ts'
import { slidingWindowScript } from './sliding-window-script.ts'

const url = await requireService('redis')
const SECOND = 1_000_000
/** 14 February 2024. */
const START = 1_707_868_800 * SECOND

/** The same script, with a clock that the test sets: seconds and microseconds are its last two arguments. */
const clocked = ({ text }: Script): Script =>
  new Script(text.replace("redis.call('TIME')", '{ARGV[#ARGV - 1], ARGV[#ARGV]}'))
const gcra = clocked(gcraScript)
const sliding = clocked(slidingWindowScript)

interface Taken {
  readonly at: number
  readonly cost: number
}

const steps = fc.array(
  fc.record({ after: fc.integer({ min: 0, max: 400_000 }), cost: fc.integer({ min: 1, max: 3 }) }),
  { minLength: 1, maxLength: 60 },
)

describe.skipIf(url === undefined)('the scripts of shared limits, on a real server', () => {
  let client: OwnRedisClient
  let keys = 0
  const freshKey = (): string => `watertight-test:${process.pid}:${keys++}`

  beforeAll(async () => {
    client = await connected(redisClient({ url: url as string }))
  })
  afterAll(() => client.destroy())

  const ask = async (script: Script, key: string, input: readonly number[], at: number) =>
    readDecision(await script.run(client, [key], [...input, Math.floor(at / SECOND), at % SECOND]))

  it('GCRA lets through what its exact definition does, also where a call costs no whole number of microseconds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(3, 7, 10, 999),
        fc.integer({ min: 3, max: 12 }),
        steps,
        async (limit, burst, all) => {
          const key = freshKey()
          let now = START
          // In units of 1/limit microseconds, which are whole numbers.
          let paid = 0n
          for (const { after, cost } of all) {
            now += after
            const instant = BigInt(now - START) * BigInt(limit)
            const due = (paid > instant ? paid : instant) + BigInt(cost * SECOND)
            const over = due - instant - BigInt(burst * SECOND)
            const { admitted, waitMs } = await ask(gcra, key, [limit, SECOND, burst, cost, 0], now)
            expect(admitted).toBe(over <= 0n)
            if (admitted) paid = due
            else expect(waitMs).toBe(Number((over + BigInt(limit) - 1n) / BigInt(limit)) / 1_000)
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('GCRA reserves turns one after the other, and none beyond the longest wait', async () => {
    const key = freshKey()
    const waits: (number | false)[] = []
    for (let i = 0; i < 6; i++) {
      const { admitted, waitMs } = await ask(gcra, key, [10, SECOND, 2, 1, 300_000], START)
      waits.push(admitted ? waitMs : false)
    }
    expect(waits).toEqual([0, 0, 100, 200, 300, false])
  })

  it('GCRA lets more through again soon after the clock of the server was put back by an hour', async () => {
    const key = freshKey()
    for (let i = 0; i < 2; i++) await ask(gcra, key, [10, SECOND, 2, 1, 0], START)
    const back = START - 3_600 * SECOND
    expect(await ask(gcra, key, [10, SECOND, 2, 1, 0], back)).toEqual({ admitted: false, waitMs: 100 })
    expect((await ask(gcra, key, [10, SECOND, 2, 1, 0], back + 100_000)).admitted).toBe(true)
  })

  it('a sliding window never holds more than the limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 10 }),
        fc.integer({ min: 1, max: 20 }),
        steps,
        async (limit, slices, all) => {
          const [key, width] = [freshKey(), Math.ceil(SECOND / slices)]
          const taken: Taken[] = []
          let now = START
          for (const { after, cost } of all) {
            now += after
            const { admitted, waitMs } = await ask(sliding, key, [limit, width, slices, cost], now)
            const inside = taken.filter(({ at }) => at > now - SECOND).reduce((sum, one) => sum + one.cost, 0)
            if (admitted) {
              expect(inside + cost).toBeLessThanOrEqual(limit)
              taken.push({ at: now, cost })
              continue
            }
            // Refused: the window and one slice more are full.
            const around = taken
              .filter(({ at }) => at > now - width * (slices + 1))
              .reduce((sum, one) => sum + one.cost, 0)
            expect(around + cost).toBeGreaterThan(limit)
            now += waitMs * 1_000
            expect((await ask(sliding, key, [limit, width, slices, cost], now)).admitted).toBe(true)
            taken.push({ at: now, cost })
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('a sliding window is not stuck after the clock of the server was put back by an hour', async () => {
    const key = freshKey()
    for (let i = 0; i < 3; i++) await ask(sliding, key, [3, 100_000, 10, 1], START)
    const back = START - 3_600 * SECOND
    expect(await ask(sliding, key, [3, 100_000, 10, 1], back)).toEqual({ admitted: false, waitMs: 1_100 })
    expect((await ask(sliding, key, [3, 100_000, 10, 1], back + 1_100_000)).admitted).toBe(true)
  })

  it('every key is forgotten when it says nothing any more', async () => {
    const ttl = new Script(`return redis.call('PTTL', KEYS[1])`)
    const [one, other] = [freshKey(), freshKey()]
    await gcraScript.run(client, [one], [10, SECOND, 10, 3, 0])
    await slidingWindowScript.run(client, [other], [10, 100_000, 10, 1])
    for (const [key, longest] of [
      [one, 301],
      [other, 1_100],
    ] as const) {
      const left = Number(await ttl.run(client, [key], []))
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(longest)
    }
  })
})
