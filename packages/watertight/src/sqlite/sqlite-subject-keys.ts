import { generateKeySync } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { type Duration, toMilliseconds } from '../runtime/duration.ts'
import { refuseUnknown, requireText } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import { storeClosed } from '../store/group-commit.ts'
import type { Subject, SubjectKey, SubjectKeys } from '../store/subject-keys.ts'
import { corrupt, storeError } from './database-error.ts'
import { whenFree } from './when-free.ts'

export interface SqliteSubjectKeysOptions {
  /** Path of the file of the keys; made when it does not exist. Never the file of the events. */
  readonly file: string
  /** What timers and clocks come from. Default: the system runtime. */
  readonly runtime?: Runtime
  /** How long to wait for another process that writes. Default: `'5s'`. */
  readonly busyLimit?: Duration
}

/** Marks a file as one of keys ("wtrk"). */
const APPLICATION_ID = 0x7774726b
const KEY_BITS = 256
const SQLITE_BUSY = 5

const SCHEMA = `
  PRAGMA application_id = ${APPLICATION_ID};
  CREATE TABLE IF NOT EXISTS subject_keys (
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    key BLOB,
    forgotten_at REAL,
    PRIMARY KEY (tenant, subject),
    CHECK ((key IS NULL) <> (forgotten_at IS NULL))
  ) STRICT, WITHOUT ROWID;`

/**
 * The keys of personal data in a SQLite file of their own, which no backup of the events must contain. A deleted key is
 * overwritten in the file and gone from its log when `forget` resolves. Several processes may open the file.
 *
 * Backups of this file bring keys back: keep them for as short as your promise to forget allows.
 *
 * @throws WatertightError `INVALID_OPTION`; `STORE_UNAVAILABLE`; `STORE_CORRUPT`, also for a file of something else.
 */
export async function sqliteSubjectKeys(options: SqliteSubjectKeysOptions): Promise<SubjectKeys> {
  refuseUnknown('sqliteSubjectKeys', options, ['file', 'runtime', 'busyLimit'])
  const { runtime = systemRuntime } = options
  const file = requireText('file', options.file)
  const busyLimitMs = toMilliseconds('busyLimit', options.busyLimit ?? '5s')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { timeout: 0 })
    const opened = database
    await whenFree(runtime, busyLimitMs, () => prepareFile(opened, file))
    return new SqliteSubjectKeys(opened, { file, runtime, busyLimitMs })
  } catch (error) {
    database?.close()
    throw storeError(file, error)
  }
}

function prepareFile(database: DatabaseSync, file: string): void {
  const { application_id: id } = database.prepare('PRAGMA application_id').get() ?? {}
  const { n } = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get() ?? {}
  if (n !== 0 && id !== APPLICATION_ID) throw corrupt(file, 'it is no file of keys')
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;')
  database.exec(SCHEMA)
}

interface Settings {
  readonly file: string
  readonly runtime: Runtime
  readonly busyLimitMs: number
}

class SqliteSubjectKeys implements SubjectKeys {
  readonly #database: DatabaseSync
  readonly #settings: Settings
  readonly #sql: ReturnType<typeof prepare>

  constructor(database: DatabaseSync, settings: Settings) {
    this.#database = database
    this.#settings = settings
    this.#sql = prepare(database)
  }

  find(subjects: readonly Subject[]): Promise<readonly (SubjectKey | undefined)[]> {
    return this.#run(() => subjects.map((subject) => this.#find(subject)))
  }

  findOrMake(subject: Subject): Promise<SubjectKey> {
    return this.#run(() => {
      const found = this.#find(subject)
      if (found) return found
      // Of two processes that make one at once, the first wins. Secret, so not of a runtime that a seed could repeat.
      this.#sql.make.run(subject.tenant, subject.id, generateKeySync('aes', { length: KEY_BITS }).export())
      return this.#find(subject) as SubjectKey
    })
  }

  async forget(subject: Subject): Promise<{ readonly forgottenAt: number }> {
    const gone = await this.#run(() => {
      this.#sql.forget.run(subject.tenant, subject.id, this.#settings.runtime.wallTime())
      return this.#find(subject) as { readonly forgottenAt: number }
    })
    // The key stands in the log of writes until that is taken into the file and cut.
    await this.#run(() => {
      const { busy } = this.#sql.cutLog.get() ?? {}
      if (busy !== 0) throw Object.assign(new Error('the log of writes is in use'), { errcode: SQLITE_BUSY })
    })
    return gone
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
  }

  #find({ tenant, id }: Subject): SubjectKey | undefined {
    const found = this.#sql.find.get(tenant, id)
    if (found === undefined) return undefined
    const { key, forgotten_at: forgottenAt } = found
    if (key instanceof Uint8Array) return { key }
    return { forgottenAt: Number(forgottenAt) }
  }

  async #run<T>(work: () => T): Promise<T> {
    const { file, runtime, busyLimitMs } = this.#settings
    if (!this.#database.isOpen) throw storeClosed()
    try {
      return await whenFree(runtime, busyLimitMs, work)
    } catch (error) {
      throw storeError(file, error)
    }
  }
}

function prepare(database: DatabaseSync) {
  return {
    find: database.prepare('SELECT key, forgotten_at FROM subject_keys WHERE tenant = ? AND subject = ?'),
    make: database.prepare('INSERT OR IGNORE INTO subject_keys (tenant, subject, key) VALUES (?, ?, ?)'),
    cutLog: database.prepare('PRAGMA wal_checkpoint(TRUNCATE)'),
    forget: database.prepare(`INSERT INTO subject_keys (tenant, subject, forgotten_at) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET key = NULL, forgotten_at = coalesce(forgotten_at, excluded.forgotten_at)`),
  }
}
