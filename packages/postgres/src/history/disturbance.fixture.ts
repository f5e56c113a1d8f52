import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connectTo, type OwnServer } from '../test-server.fixture.ts'

const FIXTURE = join(import.meta.dirname, 'writer.fixture.ts')

/** A process of writers, and what it was told is done: the id of each append, and how many events it has. */
export interface WriterProcess {
  readonly child: ChildProcess
  readonly acknowledged: (readonly [id: string, events: number])[]
}

export function startWriters(url: string, schema: string, name: string): WriterProcess {
  const child = spawn(process.execPath, ['--conditions=watertight-source', FIXTURE, url, schema, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: (readonly [string, number])[] = []
  if (child.stdout) {
    createInterface(child.stdout).on('line', (line) => {
      const [id, events] = line.split(' ')
      // The last line may be torn.
      if (id !== undefined && events !== undefined) acknowledged.push([id, Number(events)])
    })
  }
  return { child, acknowledged }
}

/** Ends a process at once. */
export async function kill({ child }: WriterProcess): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

/** Ends every backend of the store. */
export async function terminateBackends(url: string): Promise<void> {
  const admin = await connectTo(url)
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watertight'")
  await admin.end()
}

/** Waits for the commits of processes that were killed: the server ends them all the same. */
export async function untilQuiet(url: string): Promise<void> {
  const admin = await connectTo(url)
  const active =
    "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%commit_batch%' AND pid <> pg_backend_pid()"
  while ((await admin.query(active)).rows.length > 0) await pause(20)
  await admin.end()
}

export async function restart(server: OwnServer): Promise<void> {
  await server.kill()
  await server.resume()
}

/**
 * Transactions of somebody else's: each writes something of its own, so that the database counts it among the writers, holds
 * some streams, and lasts. Until `isDone`.
 */
export async function holdThings(
  url: string,
  schema: string,
  isDone: () => boolean,
  chance: () => number,
): Promise<void> {
  while (!isDone()) {
    try {
      const foreign = await connectTo(url)
      await foreign.query(`BEGIN; CREATE TABLE IF NOT EXISTS ${schema}.foreign_things (n double precision);
        INSERT INTO ${schema}.foreign_things VALUES (${chance()})`)
      await foreign.query(`SELECT FROM ${schema}.streams WHERE category = 'shared' AND id = $1 FOR UPDATE`, [
        `${Math.floor(chance() * 12)}`,
      ])
      await pause(50 + 250 * chance())
      await foreign.query('ROLLBACK')
      await foreign.end()
    } catch {
      // The server was killed under it.
      await pause(50)
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
