import { requirePositive } from 'watertight'
import {
  type Commit,
  type Committed,
  decodeJson,
  type DueTimer,
  type Fence,
  type KeyedRow,
  type LogPage,
  type PastAppendResult,
  type Position,
  prepareCommit,
  prepareStream,
  type ReadDue,
  type ReadLog,
  type ReadStream,
  requireFilter,
  requireMax,
  requireName,
  requirePlace,
  requireTtl,
  type Row,
  type ScanRows,
  storeClosed,
  type Store,
  type StoredEvent,
  type StreamId,
  type StreamPage,
  tokenOf,
} from 'watertight/store'
import { BatchWriter } from './batch-writer.ts'
import { uuidArray } from './binary-array.ts'
import { ChangeWatch } from './change-watch.ts'
import { CommitQueue } from './commit-queue.ts'
import { Connections, PATIENT_LANES, type Statement, type TextRow } from './connections.ts'
import { corrupt } from './database-error.ts'
import { leaseLock } from './encode-batch.ts'
import { eventOf, numberOf, streamOf, textOf } from './event-row.ts'
import { identityKey, streamKey, uuidOf } from './identity-key.ts'
import { migrate } from './migrate.ts'
import { type PostgresStoreOptions, type Settings, settingsOf } from './options.ts'
import { SettledMark } from './settled-mark.ts'
import { EVENT_COLUMNS, type Statements, statementsFor } from './statements.ts'

const ID_COLUMN = 3

/** How much of the log one statement of a filtered read walks: a rare category must not make it run into its time limit. */
const LOG_WINDOW = 20_000

/**
 * The store on PostgreSQL (14 and newer), for processes on many machines. A commit is on the server's disk when it resolves;
 * the waiting commits of a process share one call and one sync. Makes its tables in `schema` when they are not there.
 *
 * Leases, timers and `at` use the clock of the database. A call waits for a database that is away, as long as `limit` says.
 *
 * @example
 * const store = await postgresStore({ url: 'postgres://orders@db.internal/orders' })
 *
 * @throws WatertightError `INVALID_OPTION`; `STORE_UNAVAILABLE` (not reachable, no such database, no right to it, a standby,
 * older than 14); `STORE_CORRUPT` (its tables are others); `STORE_TOO_NEW` (made by a newer version).
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<Store> {
  const settings = settingsOf(options)
  const connections = new Connections(settings)
  try {
    await migrate(connections, settings.schema, settings.where)
    const statements = statementsFor(settings.schema)
    const [row] = await connections.read(statements.incarnation, [])
    const incarnation = row?.[0]
    if (typeof incarnation !== 'string') throw corrupt(settings.where, 'it has no incarnation')
    return new PostgresStore(settings, connections, statements, incarnation)
  } catch (error) {
    await connections.close()
    throw error
  }
}

class PostgresStore implements Store {
  readonly incarnation: string
  readonly #settings: Settings
  readonly #connections: Connections
  readonly #statements: Statements
  readonly #queue: CommitQueue
  readonly #mark: SettledMark
  readonly #watch: ChangeWatch
  #closing: Promise<void> | undefined

  constructor(settings: Settings, connections: Connections, statements: Statements, incarnation: string) {
    this.incarnation = incarnation
    this.#settings = settings
    this.#connections = connections
    this.#statements = statements
    this.#mark = new SettledMark(settings, (statement, values) => this.#read(statement, values))
    this.#watch = new ChangeWatch({ settings, connections, last: () => this.#mark.last() })
    const writer = new BatchWriter({ settings, connections, incarnation, wrote: (last) => this.#watch.wrote(last) })
    this.#queue = new CommitQueue({
      runtime: settings.runtime,
      write: (batch, patient) => writer.write(batch, patient),
      maxGroup: settings.maxGroup,
      lanes: settings.lanes,
      patientLanes: PATIENT_LANES,
      limitMs: settings.limitMs,
    })
  }

  async commit(commit: Commit): Promise<Committed> {
    return this.#queue.run(prepareCommit(commit))
  }

  async readStream(id: StreamId, { from, max, direction }: ReadStream = {}): Promise<StreamPage> {
    const wanted = requireMax(max)
    const name = prepareStream('stream', id)
    const isBackwards = direction === 'backwards'
    const rows = await this.#read(isBackwards ? this.#statements.backwards : this.#statements.forwards, [
      uuidOf(streamKey(name)),
      requirePlace('from', from ?? (isBackwards ? Number.MAX_SAFE_INTEGER : 1)),
      wanted,
    ])
    const stream = rows.find(isStream)
    if (!stream) return { events: [], version: 0 }
    const truncated = numberOf(stream, 1)
    return {
      version: numberOf(stream, 0),
      events: rows.filter((row) => row !== stream).map((row) => eventOf(row, 0, name)),
      ...(truncated > 0 && { truncated }),
      ...(numberOf(stream, 2) === 1 && { closed: true }),
    }
  }

  async readLog({ after, max, tenant, categories }: ReadLog): Promise<LogPage> {
    const wanted = requireMax(max)
    const filter = [
      requireFilter('tenant', tenant) ?? null,
      categories?.map((category) => requireName('category', category)) ?? null,
    ]
    const isFiltered = tenant !== undefined || categories !== undefined
    const events: StoredEvent[] = []
    let walked = requirePlace('after', after)
    let settled = this.#mark.known
    for (let isFresh = false; ; ) {
      if (walked >= settled) {
        if (isFresh) return { events, settled }
        settled = await this.#mark.advance()
        isFresh = true
        if (walked >= settled) return { events, settled }
      }
      const to = isFiltered ? Math.min(settled, walked + LOG_WINDOW) : settled
      const range = [walked, to, wanted - events.length]
      const rows = isFiltered
        ? await this.#read(this.#statements.filteredLog, [...range, ...filter])
        : await this.#read(this.#statements.log, range)
      for (const row of rows) events.push(eventOf(row, 0, streamOf(row, EVENT_COLUMNS)))
      if (events.length === wanted) return { events, settled: events.at(-1)?.position ?? settled }
      walked = to
    }
  }

  async appended(id: StreamId, appendId: string): Promise<PastAppendResult | undefined> {
    const key = uuidOf(streamKey(prepareStream('stream', id)))
    const [row] = await this.#read(this.#statements.appended, [
      key,
      uuidOf(identityKey(requireName('appendId', appendId))),
    ])
    return (
      row && { version: numberOf(row, 0), size: numberOf(row, 1), token: tokenOf(this.incarnation, numberOf(row, 2)) }
    )
  }

  async row(table: string, key: string): Promise<Row | undefined> {
    return (await this.rows(table, [key]))[0]
  }

  async rows(table: string, keys: readonly string[]): Promise<readonly (Row | undefined)[]> {
    requireName('table', table)
    const wanted = uuidArray(keys.map((key) => identityKey(table, requireName('key', key))))
    const found: (Row | undefined)[] = keys.map(() => undefined)
    for (const row of await this.#read(this.#statements.rows, [wanted])) {
      found[numberOf(row, 0) - 1] = { value: decodeJson(textOf(row, 2)), version: numberOf(row, 1) }
    }
    return found
  }

  async scanRows(table: string, { after = '', max }: ScanRows = {}): Promise<readonly KeyedRow[]> {
    const wanted = requireMax(max)
    const name = uuidOf(identityKey(requireName('table', table)))
    const rows = await this.#read(this.#statements.scan, [name, after, wanted])
    return rows.map((row) => ({ key: textOf(row, 0), value: decodeJson(textOf(row, 2)), version: numberOf(row, 1) }))
  }

  async checkpoint(name: string): Promise<Position> {
    const [row] = await this.#read(this.#statements.checkpoint, [uuidOf(identityKey(requireName('checkpoint', name)))])
    return row ? numberOf(row, 0) : 0
  }

  async acquire(lease: string, ttlMs: number): Promise<Fence | undefined> {
    const key = uuidOf(identityKey(requireName('lease', lease)))
    const { schema, limitMs } = this.#settings
    const [row] = await this.#read(this.#statements.acquire, [
      key,
      leaseLock(schema, lease),
      lease,
      requireTtl(ttlMs),
      limitMs,
    ])
    return typeof row?.[0] === 'string' ? { lease, epoch: numberOf(row, 0) } : undefined
  }

  async renew({ lease, epoch }: Fence, ttlMs: number): Promise<boolean> {
    const key = uuidOf(identityKey(requireName('lease', lease)))
    return (await this.#read(this.#statements.renew, [key, epoch, requireTtl(ttlMs)])).length > 0
  }

  async release({ lease, epoch }: Fence): Promise<void> {
    await this.#read(this.#statements.release, [uuidOf(identityKey(requireName('lease', lease))), epoch])
  }

  async pruneInbox(olderThanMs: number, max?: number): Promise<number> {
    const age = requirePositive('olderThanMs', olderThanMs)
    const rows = await this.#read(this.#statements.pruneInbox, [age, requireMax(max)])
    return rows.length
  }

  async due({ max, category }: ReadDue = {}): Promise<readonly DueTimer[]> {
    const rows = await this.#read(this.#statements.due, [requireFilter('category', category) ?? null, requireMax(max)])
    return rows.map((row) => ({ key: textOf(row, 0), stream: streamOf(row, 2), arming: numberOf(row, 1) }))
  }

  async changed(after: Position, signal: AbortSignal): Promise<void> {
    const last = await this.#mark.last()
    if (last <= after && this.#closing === undefined) await this.#watch.wait(after, signal)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([this.#watch.close(), this.#queue.close()])
    await this.#connections.close()
  }

  async #read(statement: Statement, values: readonly unknown[]): Promise<readonly TextRow[]> {
    this.#requireOpen()
    return await this.#connections.read(statement, values)
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw storeClosed()
  }
}

/** Whether a row is the stream itself (version, truncated, closed) and not an event: only events have an id. */
function isStream(row: TextRow): boolean {
  return row[ID_COLUMN] === null
}
