import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { requireService } from '../../../../scripts/services/require-service.ts'
import { type OwnRedisClient, redisClient } from '../link/connect.ts'
import { connected } from '../link/connected.fixture.ts'
import { Script } from '../link/script.ts'
import { voteScript } from './vote-script.ts'

const url = await requireService('redis')
const SECOND = 1_000_000
const START = 1_707_868_800 * SECOND

/** The same script, with a clock that the test sets: seconds and microseconds are its last two arguments. */
const clocked = new Script(voteScript.text.replace("redis.call('TIME')", '{ARGV[#ARGV - 1], ARGV[#ARGV]}'))

describe.skipIf(url === undefined)('the votes on a breaker, on a real server', () => {
  let client: OwnRedisClient
  let key = ''
  let runs = 0

  beforeAll(async () => {
    client = await connected(redisClient({ url: url as string }))
  })
  beforeEach(() => {
    key = `watertight-test:votes:${process.pid}:${Date.now()}:${runs++}`
  })
  afterAll(() => client.destroy())

  const vote = async (who: string, what: string, at: number = START): Promise<unknown> =>
    await clocked.run(client, [key], [who, what, 60_000, Math.floor(at / SECOND), at % SECOND])

  it('are counted, the last one of each process', async () => {
    expect(await vote('a', 'open')).toEqual([1, 0])
    expect(await vote('b', 'closed')).toEqual([1, 1])
    expect(await vote('b', 'open')).toEqual([2, 0])
  })

  it('are taken back by a process that knows nothing any more', async () => {
    await vote('a', 'open')
    await vote('b', 'open')
    expect(await vote('a', 'none')).toEqual([1, 0])
  })

  it('of processes that are gone run out', async () => {
    await vote('a', 'open')
    await vote('b', 'open', START + 59 * SECOND)
    expect(await vote('c', 'closed', START + 61 * SECOND)).toEqual([1, 1])
  })

  it('do not count for an hour longer when the clock of the server was put back', async () => {
    await vote('a', 'open')
    expect(await vote('b', 'closed', START - 3_600 * SECOND)).toEqual([0, 1])
  })

  it('are forgotten when nobody votes any more', async () => {
    await voteScript.run(client, [key], ['a', 'open', 3_000])
    const left = Number(await new Script(`return redis.call('PTTL', KEYS[1])`).run(client, [key], []))
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(3_000)
  })
})
