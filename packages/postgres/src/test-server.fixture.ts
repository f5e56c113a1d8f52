import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { find } from '../../../scripts/services/bring-up.ts'
import { postgres, resumePostgres, startPostgres, stopPostgres } from '../../../scripts/services/postgres.ts'
import { requireService } from '../../../scripts/services/require-service.ts'

/** A server for the tests of one file. */
export interface TestServer {
  readonly url: string
  /** Ends it, if it is the file's own. */
  stop(): Promise<void>
}

/**
 * The server that was brought up or named for all tests, else one for this file out of the package from npm. Without either,
 * undefined: said in one loud line, and an error with `REQUIRE_SERVICES=1`.
 */
export async function testServer(): Promise<TestServer | undefined> {
  const running = await find(postgres)
  if (running !== undefined) return { url: running.url, stop: async () => undefined }
  try {
    return await ownServer()
  } catch (error) {
    process.stderr.write(`${String(error)}\n`)
    await requireService('postgres')
    return undefined
  }
}

/** A server of one's own that may be killed. */
export interface OwnServer extends TestServer {
  /** Where its data is. */
  readonly folder: string
  /** Its first process. */
  pid(): number
  /** Ends it at once, as a power cut does; its files stay. */
  kill(): Promise<void>
  /** Starts it again. */
  resume(): Promise<void>
}

/** @throws Error when there is no program for it. */
export async function ownServer(): Promise<OwnServer> {
  const parent = mkdtempSync(join(tmpdir(), 'watertight-postgres-'))
  const folder = mkdtempSync(join(parent, 'server-'))
  try {
    let running = await startPostgres(folder)
    return {
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
    rmSync(parent, { recursive: true })
    throw error
  }
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
