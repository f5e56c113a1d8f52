import { createClient } from 'redis'
import { type Runtime, refuseUnknown, requireText, systemRuntime } from 'watertight'
import type { RedisClient } from './redis-client.ts'

/** Where Redis is. */
export interface RedisClientOptions {
  /** `redis[s]://[[user][:password]@]host[:port][/database]` */
  readonly url: string
  /** Takes the error when the connection is lost, once each time. Default: the system runtime. */
  readonly runtime?: Pick<Runtime, 'report' | 'random'>
}

/** A {@link RedisClient} of one's own. */
export interface OwnRedisClient extends RedisClient {
  readonly isReady: boolean
  /** Ends the connection, and the attempts to have one. What still waits for an answer fails. */
  destroy(): void
}

const CONNECT_MS = 1_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000
/** Questions that may be under way at once: with a server that stands still, memory must not grow with the load. */
const MOST_UNDER_WAY = 10_000

/**
 * A client that is set up for a Redis which may be gone: it begins to connect at once and tries again for ever, with growing,
 * jittered pauses, but refuses what it is asked meanwhile instead of collecting it. Also the first connection is not
 * waited for: a service starts without Redis as well as it works without it.
 *
 * It holds the process until `destroy` is called.
 *
 * @throws WatertightError `INVALID_OPTION`; TypeError when the URL is none.
 */
export function redisClient(options: RedisClientOptions): OwnRedisClient {
  refuseUnknown('redisClient', options, ['url', 'runtime'])
  const { runtime = systemRuntime } = options
  const client = createClient({
    url: requireText('url', options.url),
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_UNDER_WAY,
    socket: {
      connectTimeout: CONNECT_MS,
      reconnectStrategy: (retries) => {
        const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(retries, 10))
        return Math.ceil(pause * (0.5 + runtime.random('redis/reconnect') / 2))
      },
    },
  })
  let lost = false
  client.on('error', (error: unknown) => {
    // It fails anew with every attempt to connect: the loss is told once.
    if (!lost) runtime.report(error)
    lost = true
  })
  client.on('ready', () => {
    lost = false
  })
  // Rejects only when it was destroyed before it was connected.
  client.connect().catch(() => undefined)
  return {
    get isReady() {
      return client.isReady
    },
    evalSha: async (sha1, input) => await client.evalSha(sha1, input),
    eval: async (script, input) => await client.eval(script, input),
    destroy: () => client.destroy(),
  }
}
