import { connect } from 'node:net'
import { composeWay } from './compose.ts'
import { debianWay } from './debian.ts'
import { freePort } from './free-port.ts'
import { installed } from './run-command.ts'
import { startServer, stopServer } from './server-process.ts'
import type { Running, Service } from './service.ts'

/** Programs that are a Redis server, the first one that is installed is taken. */
const PROGRAMS = ['redis-server', 'valkey-server'] as const
const DEFAULT_PORT = 6379
const ANSWER_MS = 1_000

/** Redis: shared rate limits, the shared cache and breaker states. */
export const redis: Service = {
  name: 'redis',
  variable: 'REDIS_URL',
  ways: [
    {
      name: 'installed',
      hindrance: async () =>
        (await program()) === undefined ? `none of ${PROGRAMS.join(', ')} is installed` : undefined,
      start: startRedis,
      stop: stopRedis,
    },
    composeWay('redis', 'REDIS_PORT', (port) => `redis://127.0.0.1:${port}`, redisAnswers),
    debianWay('redis-server', startRedis, stopRedis),
  ],
  answers: redisAnswers,
}

/**
 * A server of one's own: in memory, for this machine only, with its log in `folder`. It outlives this process.
 *
 * @throws Error when none is installed, or it does not answer in time; its log is in the message.
 */
export async function startRedis(folder: string): Promise<Running> {
  const [server, port] = [await program(), await freePort()]
  if (server === undefined) throw new Error(`none of ${PROGRAMS.join(', ')} is installed`)
  const url = `redis://127.0.0.1:${port}`
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const pid = await startServer({ program: server, args: options, folder, answers: () => redisAnswers(url) })
  return { url, way: 'installed', pid }
}

/** Ends a server that {@link startRedis} started, and waits until it has ended. */
export async function stopRedis(running: Running): Promise<void> {
  await stopServer(running, { marks: ['-server', `:${new URL(running.url).port}`], signal: 'SIGTERM' })
}

async function program(): Promise<string | undefined> {
  for (const name of PROGRAMS) if (await installed(name)) return name
  return undefined
}

/** Whether a Redis server answers at `url`. One that wants a password does answer. */
async function redisAnswers(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url)
  return await new Promise((resolve) => {
    const socket = connect(port === '' ? DEFAULT_PORT : Number(port), hostname)
    const answer = (answers: boolean): void => {
      socket.destroy()
      resolve(answers)
    }
    socket.setTimeout(ANSWER_MS, () => answer(false))
    socket.once('error', () => answer(false))
    // Behind TLS, being let in has to do.
    socket.once('connect', () => (protocol === 'rediss:' ? answer(true) : socket.write('PING\r\n')))
    socket.once('data', (reply) => answer(/^[+-]/.test(reply.toString('latin1'))))
  })
}
