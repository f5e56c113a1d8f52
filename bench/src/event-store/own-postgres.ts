import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres, stopPostgres } from '../../../scripts/services/postgres.ts'
import { loadPeer } from '../peers.ts'

interface Client {
  connect(): Promise<void>
  query(text: string): Promise<{ readonly rows: readonly Record<string, string>[] }>
  end(): Promise<void>
}

/** What makes an append durable; a bench without them measures something else. */
const DURABLE = ['fsync', 'synchronous_commit', 'full_page_writes'] as const

/**
 * Lets `work` have a PostgreSQL server of its own, in its usual settings.
 *
 * @throws Error when the server would lose what it said is done.
 */
export async function withPostgres<T>(work: (url: string) => Promise<T>): Promise<T> {
  const parent = mkdtempSync(join(tmpdir(), 'watertight-bench-'))
  const server = await startPostgres(mkdtempSync(join(parent, 'server-')))
  try {
    await requireDurable(server.url)
    return await work(server.url)
  } finally {
    await stopPostgres(server)
    rmSync(parent, { recursive: true })
  }
}

async function requireDurable(url: string): Promise<void> {
  const { default: driver } = await loadPeer<{ default: { Client: new (url: string) => Client } }>('pg')
  const client = new driver.Client(url)
  await client.connect()
  for (const setting of DURABLE) {
    const { rows } = await client.query(`SHOW ${setting}`)
    if (rows[0]?.[setting] !== 'on') throw new Error(`${setting} is ${rows[0]?.[setting]}, and must be on`)
  }
  await client.end()
}
