import { DatabaseSync } from 'node:sqlite'
import { WatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { numberOf, textOf } from './columns.ts'
import { corrupt, storeError, unavailable } from './database-error.ts'
import { APPLICATION_ID, MIGRATIONS } from './schema.ts'
import { whenFree } from './when-free.ts'

/** The connections of one store to its file, and who the file is. */
export interface OpenDatabase {
  readonly writer: DatabaseSync
  readonly reader: DatabaseSync
  readonly incarnation: string
}

/**
 * Opens a file, makes it a store if it is new, and brings its schema up to date.
 *
 * @throws WatertightError `STORE_UNAVAILABLE`, `STORE_CORRUPT`, `STORE_TOO_NEW`
 */
export async function openDatabase(file: string, runtime: Runtime, busyLimitMs: number): Promise<OpenDatabase> {
  const opened: DatabaseSync[] = []
  const connect = (): DatabaseSync => {
    const database = new DatabaseSync(file, { enableForeignKeyConstraints: false, timeout: 0 })
    opened.push(database)
    return database
  }
  const free = <T>(work: () => T): Promise<T> => whenFree(runtime, busyLimitMs, work)
  try {
    const writer = connect()
    await free(() => requireStore(writer, file))
    await free(() => configure(writer, file))
    await free(() => migrate(writer, file, runtime.id()))
    const reader = connect()
    await free(() => reader.exec('PRAGMA query_only = ON'))
    const incarnation = await free(() => reader.prepare("SELECT value FROM meta WHERE name = 'incarnation'").get())
    if (!incarnation) throw corrupt(file, 'it has no incarnation')
    return { writer, reader, incarnation: textOf(incarnation, 'value') }
  } catch (error) {
    for (const database of opened) database.close()
    throw storeError(file, error)
  }
}

function requireStore(database: DatabaseSync, file: string): void {
  const isEmpty = numberOf(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get(), 'n') === 0
  if (!isEmpty && pragma(database, 'application_id') !== APPLICATION_ID) {
    throw corrupt(file, 'it is a database of another program')
  }
  const version = pragma(database, 'user_version')
  if (version > MIGRATIONS.length) {
    throw new WatertightError(
      'STORE_TOO_NEW',
      `The store ${file} was made by a newer version of Watertight (schema ${version}, known here: ${MIGRATIONS.length}). Use that version, or a newer one.`,
      { source: file },
    )
  }
}

function configure(database: DatabaseSync, file: string): void {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()
  if (textOf(mode, 'journal_mode') !== 'wal') {
    throw unavailable(file, 'its file system allows no write-ahead log', 'Use a local, writable disk')
  }
  // fullfsync matters on macOS only, where fsync alone does not reach the disk.
  database.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON')
}

function migrate(database: DatabaseSync, file: string, incarnation: string): void {
  if (pragma(database, 'user_version') === MIGRATIONS.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have been faster while this one waited for the lock.
    requireStore(database, file)
    const version = pragma(database, 'user_version')
    for (const step of MIGRATIONS.slice(version)) database.exec(step)
    if (version === 0) database.prepare("INSERT INTO meta VALUES ('incarnation', ?)").run(incarnation)
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return numberOf(database.prepare(`PRAGMA ${name}`).get(), name)
}
