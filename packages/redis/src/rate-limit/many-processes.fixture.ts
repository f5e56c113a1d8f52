import { fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { pipeline, systemRuntime } from 'watertight'
import { redisClient } from '../link/connect.ts'
import { connected } from '../link/connected.fixture.ts'
import type { RedisClient } from '../link/redis-client.ts'
import { redisLink } from '../link/redis-link.ts'
import { sharedRateLimit } from './shared-rate-limit.ts'

/** What {@link manyProcesses} saw. */
export interface Shared {
  /** Calls that were let through, by process. */
  readonly admitted: readonly number[]
  /** The most that were let through within any second, by the clock of the server. */
  readonly mostInASecond: number
  /** Decisions that were made without Redis. */
  readonly withoutRedis: number
}

interface Load {
  readonly url: string
  readonly id: string
  readonly limit: number
  readonly burst: number
  readonly seconds: number
}

interface Report {
  /** Instants of the server, in microseconds. */
  readonly instants: readonly number[]
  readonly withoutRedis: number
}

const CALLERS = 40
const SECOND = 1_000_000

/**
 * So many processes call as often as one shared limit lets them.
 *
 * By hand, with the address that `npm run services -- start redis` prints:
 * `REDIS_URL=… node --conditions=watertight-source packages/redis/src/rate-limit/many-processes.fixture.ts --processes 2 --seconds 60`.
 */
export async function manyProcesses(processes: number, load: Omit<Load, 'id'>): Promise<Shared> {
  const id = `many-processes:${process.pid}:${Date.now()}`
  const reports = await Promise.all(Array.from({ length: processes }, () => oneProcess({ ...load, id })))
  const instants = reports.flatMap((one) => one.instants).toSorted((a, b) => a - b)
  let [first, mostInASecond] = [0, 0]
  for (const [last, instant] of instants.entries()) {
    while ((instants[first] as number) <= instant - SECOND) first++
    mostInASecond = Math.max(mostInASecond, last - first + 1)
  }
  return {
    admitted: reports.map((one) => one.instants.length),
    mostInASecond,
    withoutRedis: reports.reduce((sum, one) => sum + one.withoutRedis, 0),
  }
}

async function oneProcess(load: Load): Promise<Report> {
  const child = fork(import.meta.filename, ['--child', JSON.stringify(load)])
  return await new Promise((resolve, reject) => {
    child.once('message', (report) => resolve(report as Report))
    child.once('exit', (code) => reject(new Error(`a calling process ended with ${code} before it reported`)))
  })
}

/** Notes when the server let a call through. */
function noting(client: RedisClient, instants: number[]): RedisClient {
  const note = (reply: unknown): unknown => {
    if (Array.isArray(reply) && reply[0] === 1) instants.push(Number(reply[2]))
    return reply
  }
  return {
    evalSha: async (sha1, input) => note(await client.evalSha(sha1, input)),
    eval: async (script, input) => note(await client.eval(script, input)),
  }
}

async function call({ url, id, limit, burst, seconds }: Load): Promise<Report> {
  const client = await connected(redisClient({ url }))
  const instants: number[] = []
  // Two processes and a server on a busy machine: a late answer is no loss of Redis here.
  const link = redisLink(noting(client, instants), { maxWait: '5s' })
  const limited = pipeline('limited', sharedRateLimit(link, { id, limit, burst }))
  const end = systemRuntime.now() + seconds * 1_000
  const caller = async (): Promise<void> => {
    while (systemRuntime.now() < end) {
      const outcome = await limited.outcome(() => undefined)
      if (outcome.kind === 'refused') await sleep(Math.max(1, outcome.retryAfterMs ?? 0))
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  client.destroy()
  const { rateLimiter: state } = limited.state().policies
  const withoutRedis = state !== undefined && 'withoutRedis' in state ? Number(state.withoutRedis) : 0
  return { instants, withoutRedis }
}

const { values } = parseArgs({
  strict: false,
  options: {
    child: { type: 'string' },
    url: { type: 'string' },
    processes: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '60' },
    limit: { type: 'string', default: '1000' },
    burst: { type: 'string', default: '100' },
  },
})

if (typeof values.child === 'string') {
  const report = await call(JSON.parse(values.child) as Load)
  process.send?.(report, () => process.disconnect())
} else if (process.argv[1] === import.meta.filename) {
  const url = String(values.url ?? process.env['REDIS_URL'] ?? '')
  const [processes, seconds, limit, burst] = [values.processes, values.seconds, values.limit, values.burst].map(
    Number,
  ) as [number, number, number, number]
  const seen = await manyProcesses(processes, { url, limit, burst, seconds })
  process.stdout.write(`${JSON.stringify({ limit, burst, seconds, ...seen })}\n`)
  process.exitCode = seen.mostInASecond <= limit + burst && seen.withoutRedis === 0 ? 0 : 1
}
