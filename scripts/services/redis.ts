import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { composeWay } from './compose.ts'
import { freePort } from './free-port.ts'
import { alive } from './one-at-a-time.ts'
import { installed, runCommand } from './run-command.ts'
import type { Running, Service, Way } from './service.ts'

/** Programs that are a Redis server, the first one that is installed is taken. */
const PROGRAMS = ['redis-server', 'valkey-server'] as const
const DEFAULT_PORT = 6379
const ANSWER_MS = 1_000
const START_MS = 10_000
const LOOK_AGAIN_MS = 25

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
    debianWay(),
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
  const log = join(folder, 'log')
  const out = openSync(log, 'a')
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = spawn(server, options, { detached: true, stdio: ['ignore', out, out] })
  closeSync(out)
  child.unref()
  const url = `redis://127.0.0.1:${port}`
  for (let waited = 0; waited < START_MS; waited += LOOK_AGAIN_MS) {
    if (child.pid !== undefined && (await redisAnswers(url))) return { url, way: 'installed', pid: child.pid }
    if (child.exitCode !== null) break
    await sleep(LOOK_AGAIN_MS)
  }
  child.kill('SIGKILL')
  throw new Error(`${server} did not answer on port ${port}:\n${readFileSync(log, 'utf8')}`)
}

/** Ends a server that {@link startRedis} started, and waits until it has ended. */
export async function stopRedis({ url, pid }: Running): Promise<void> {
  if (pid === undefined || !(await isServer(pid, url))) return
  process.kill(pid, 'SIGTERM')
  for (let waited = 0; alive(pid); waited += LOOK_AGAIN_MS) {
    // A server that was stopped in its tracks does not hear SIGTERM.
    if (waited === ANSWER_MS) process.kill(pid, 'SIGKILL')
    if (waited >= START_MS) throw new Error(`the Redis server of process ${pid} does not end`)
    await sleep(LOOK_AGAIN_MS)
  }
}

/** Whether the process is still that server: the system gives the number of a dead process to another one. */
async function isServer(pid: number, url: string): Promise<boolean> {
  if (!alive(pid)) return false
  const { stdout } = await runCommand('ps', ['-o', 'args=', '-p', `${pid}`])
  return PROGRAMS.some((name) => stdout.includes(name)) && stdout.includes(`:${new URL(url).port}`)
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

function debianWay(): Way {
  return {
    name: 'package',
    hindrance: async () => {
      if (process.getuid?.() !== 0) return 'only root may install the package redis-server'
      return (await installed('apt-get')) ? undefined : 'there is no apt-get'
    },
    start: async (folder) => {
      // The package would start a server of its own, on the usual port.
      const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
      await runCommand('apt-get', ['update', '-q'], { env })
      const ended = await runCommand('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'redis-server'], {
        env,
      })
      if (ended.code !== 0) throw new Error(`apt-get install redis-server failed:\n${ended.stderr}`)
      return await startRedis(folder)
    },
    stop: stopRedis,
  }
}
