import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { find } from '../../../scripts/services/bring-up.ts'
import { postgres, resumePostgres, startPostgres, stopPostgres } from '../../../scripts/services/postgres.ts'

/** A server for the tests of one file. */
export interface TestServer {
  /** True when there is none: nothing else can be used then. */
  readonly isMissing: boolean
  readonly url: string
  /** Ends it, if it is the file's own. */
  stop(): Promise<void>
}

/** A server of the file's own, that may be killed. */
export interface OwnServer extends TestServer {
  /** Where its data is. */
  readonly folder: string
  /** Its first process. */
  pid(): number
  /** Ends it at once, without a last look at its memory; its files stay. */
  kill(): Promise<void>
  /** Starts it again. */
  resume(): Promise<void>
}

/** The server that was named or brought up for all tests, else one for this file. */
export async function testServer(): Promise<TestServer> {
  const running = await find(postgres)
  return running === undefined ? await ownServer() : { isMissing: false, url: running.url, stop: async () => undefined }
}

/**
 * A server for this file, out of the package from npm or what is installed. When there is none that is said in one loud line, so
 * that nobody takes a skipped suite for a passed one; with `REQUIRE_SERVICES=1` it is an error.
 */
export async function ownServer(): Promise<OwnServer> {
  const reasons: string[] = []
  for (const way of ['npm', 'installed']) {
    const parent = mkdtempSync(join(tmpdir(), 'watertight-postgres-'))
    const folder = mkdtempSync(join(parent, 'server-'))
    try {
      let running = await startPostgres(folder, way)
      return {
        isMissing: false,
        url: running.url,
        folder,
        pid: () => running.pid ?? 0,
        async kill() {
          process.kill(running.pid ?? 0, 'SIGQUIT')
          await stopPostgres(running)
        },
        async resume() {
          running = await resumePostgres(folder, running)
        },
        async stop() {
          await stopPostgres(running)
          rmSync(parent, { recursive: true })
        },
      }
    } catch (error) {
      reasons.push(String(error))
      rmSync(parent, { recursive: true })
    }
  }
  return missing(reasons)
}

function missing(reasons: readonly string[]): OwnServer {
  const line = `NO POSTGRESQL: its tests are SKIPPED. ${reasons.join(' ')} Name one in DATABASE_URL.`
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(line)
  process.stderr.write(`\n*** ${line} ***\n\n`)
  const nothing = async (): Promise<void> => undefined
  return { isMissing: true, url: '', folder: '', pid: () => 0, kill: nothing, resume: nothing, stop: nothing }
}

/** A connection of somebody else's to the database. */
export async function connectTo(url: string): Promise<Client> {
  const client = new Client(url)
  client.on('error', () => undefined)
  await client.connect()
  return client
}

let made = 0

/** A schema nobody else uses. */
export function freshSchema(): string {
  return `t${process.pid}_${Date.now()}_${made++}`
}
