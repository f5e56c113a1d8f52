import { createHash } from 'node:crypto'
import { WatertightError } from 'watertight'
import type { Connections, TextRow } from './connections.ts'
import { corrupt, unavailable } from './database-error.ts'
import { identityKey } from './identity-key.ts'
import { type Migration, MIGRATIONS, sqlFor } from './sql/migrations.ts'

/** First half of the advisory lock under which migrations are run ("wtmi"). */
const MIGRATION_CLASS = 0x77746d69
const OLDEST_SERVER = 140_000

type Query = (text: string, values?: readonly unknown[]) => Promise<readonly TextRow[]>

/**
 * Brings the schema up to date, in one transaction under a lock: of processes that start at once, one makes it. Touches
 * nothing when it is up to date, so that a user without the right to make tables may open it.
 *
 * @throws WatertightError `STORE_UNAVAILABLE`, `STORE_CORRUPT` (a migration was changed), `STORE_TOO_NEW`
 */
export async function migrate(connections: Connections, schema: string, where: string): Promise<void> {
  await connections.repeat(() =>
    connections.session(async (query) => {
      await requireServer(query, where)
      if ((await done(query, schema, where)) === MIGRATIONS.length) return
      await query('BEGIN')
      try {
        const lock = identityKey(schema).readInt32BE()
        await query(`SELECT pg_advisory_xact_lock(${MIGRATION_CLASS}, ${lock})`)
        await query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
        await query(`CREATE TABLE IF NOT EXISTS ${schema}.migrations (
          number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, at timestamptz NOT NULL DEFAULT now())`)
        for (const migration of MIGRATIONS.slice(await done(query, schema, where))) {
          await query(sqlFor(migration.text, schema))
          await query(`INSERT INTO ${schema}.migrations (number, name, checksum) VALUES ($1, $2, $3)`, [
            migration.number,
            migration.name,
            checksum(migration),
          ])
        }
        await query('COMMIT')
      } catch (error) {
        await query('ROLLBACK').catch(() => undefined)
        throw error
      }
    }),
  )
}

async function requireServer(query: Query, where: string): Promise<void> {
  const [row] = await query(`SELECT current_setting('server_version_num'), current_setting('server_version'),
    current_setting('server_encoding'), pg_is_in_recovery()`)
  const [number = null, version = null, encoding = null, standby = null] = row ?? []
  if (Number(number) < OLDEST_SERVER) {
    throw unavailable(where, `it is PostgreSQL ${version}`, 'Use PostgreSQL 14 or newer')
  }
  if (encoding !== 'UTF8') {
    throw unavailable(where, `its encoding is ${encoding}`, "Create the database with ENCODING 'UTF8'")
  }
  if (standby === 't') throw unavailable(where, 'it is a standby', 'Connect to the primary')
}

async function done(query: Query, schema: string, where: string): Promise<number> {
  const [exists] = await query('SELECT to_regclass($1) IS NOT NULL', [`${schema}.migrations`])
  if (exists?.[0] !== 't') return 0
  const rows = await query(`SELECT number, checksum FROM ${schema}.migrations ORDER BY number`)
  if (rows.length > MIGRATIONS.length) {
    throw new WatertightError(
      'STORE_TOO_NEW',
      `The store ${where} was made by a newer version of Watertight (migration ${rows.length}, known here: ${MIGRATIONS.length}). Use that version, or a newer one.`,
      { source: where },
    )
  }
  for (const [i, [number, sum]] of rows.entries()) {
    const migration = MIGRATIONS[i]
    if (migration !== undefined && Number(number) === migration.number && sum === checksum(migration)) continue
    throw corrupt(where, `migration ${number ?? '?'} was run in another form than this version of Watertight has`)
  }
  return rows.length
}

function checksum({ text }: Migration): string {
  return createHash('sha256').update(text).digest('hex')
}
