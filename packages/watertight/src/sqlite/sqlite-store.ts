import type { DatabaseSync } from 'node:sqlite'
import { type Duration, toMilliseconds } from '../runtime/duration.ts'
import { WatertightError } from '../runtime/error.ts'
import { refuseUnknown, requirePositive, requirePositiveInteger } from '../runtime/option.ts'
import type { Runtime, Timer } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import { applyCommit } from '../store/apply-commit.ts'
import { ChangeHints } from '../store/change-hints.ts'
import type { Commit, Committed, Fence } from '../store/commit.ts'
import type { StoredEvent, StreamId } from '../store/event.ts'
import { GroupCommit, storeClosed } from '../store/group-commit.ts'
import { acquireLease, releaseLease, renewLease } from '../store/lease.ts'
import type { Position } from '../store/position.ts'
import { requireName } from '../store/invalid-commit.ts'
import { prepareCommit, prepareStream } from '../store/prepare-commit.ts'
import { requireFilter, requireMax, requirePlace, requireTtl } from '../store/read-options.ts'
import type {
  DueTimer,
  KeyedRow,
  LogPage,
  PastAppendResult,
  ReadDue,
  ReadLog,
  ReadStream,
  Row,
  ScanRows,
  Store,
  StreamPage,
} from '../store/store.ts'
import { tokenOf } from '../store/token.ts'
import { storeError } from './database-error.ts'
import { openDatabase, type OpenDatabase } from './open-database.ts'
import { SqliteLedger } from './sqlite-ledger.ts'
import { SqliteReader } from './sqlite-reader.ts'
import { SqliteWriter } from './sqlite-writer.ts'
import { whenFree } from './when-free.ts'

export interface SqliteStoreOptions {
  /** Path of the database file; made when it does not exist. Its folder must. */
  readonly file: string
  /** What timers, chance and clocks come from. Default: the system runtime. */
  readonly runtime?: Runtime
  /** How long a write waits for another process to end its own, before it rejects with `STORE_UNAVAILABLE`. Default: `'5s'`. */
  readonly busyLimit?: Duration
  /** Most commits in one transaction, which bounds how long it keeps the event loop. Default: 256. */
  readonly maxGroup?: number
  /** How often `changed` looks for commits of other processes. Commits of this store wake it at once. Default: 25. */
  readonly pollInterval?: Duration
}

/** How much of the log a filtered read walks before it lets the event loop go on. */
const LOG_WINDOW = 4_096

/**
 * The embedded store: one SQLite file, nothing to install or run. Several processes of one machine may open the same file.
 * A commit is on the disk (write-ahead log, synced) when it resolves; waiting commits share one sync.
 *
 * Leases, timers and `at` use the wall clock of the runtime, since they outlive the process.
 *
 * @example
 * const store = await sqliteStore({ file: 'orders.db' })
 *
 * @throws WatertightError `INVALID_OPTION`; `STORE_UNAVAILABLE` (no folder, not writable, locked for long);
 * `STORE_CORRUPT` (damaged, truncated, or another program's); `STORE_TOO_NEW` (made by a newer version).
 */
export async function sqliteStore(options: SqliteStoreOptions): Promise<Store> {
  refuseUnknown('sqliteStore', options, ['file', 'runtime', 'busyLimit', 'maxGroup', 'pollInterval'])
  const { file, runtime = systemRuntime } = options
  if (typeof file !== 'string' || file === '' || file.startsWith(':memory:') || file.startsWith('file:')) {
    throw new WatertightError(
      'INVALID_OPTION',
      `file must be the path of a file, not ${JSON.stringify(file)}. For a store in memory take memoryStore().`,
    )
  }
  const busyLimitMs = toMilliseconds('busyLimit', options.busyLimit ?? '5s')
  const settings: Settings = {
    file,
    runtime,
    busyLimitMs,
    maxGroup: requirePositiveInteger('maxGroup', options.maxGroup ?? 256),
    pollMs: toMilliseconds('pollInterval', options.pollInterval ?? 25),
  }
  return new SqliteStore(settings, await openDatabase(file, runtime, busyLimitMs))
}

interface Settings {
  readonly file: string
  readonly runtime: Runtime
  readonly busyLimitMs: number
  readonly maxGroup: number
  readonly pollMs: number
}

class SqliteStore implements Store {
  readonly incarnation: string
  readonly #settings: Settings
  readonly #connections: readonly DatabaseSync[]
  readonly #ledger: SqliteLedger
  readonly #reader: SqliteReader
  readonly #group: GroupCommit
  readonly #hints: ChangeHints
  #poll: Timer | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Settings, { writer, reader, incarnation }: OpenDatabase) {
    const { file, runtime, busyLimitMs, maxGroup } = settings
    this.incarnation = incarnation
    this.#settings = settings
    this.#connections = [reader, writer]
    this.#ledger = new SqliteLedger(writer, runtime)
    this.#reader = new SqliteReader(reader)
    this.#hints = new ChangeHints((waiting) => (waiting ? this.#startPolling() : this.#poll?.cancel()))
    const committed = (): void => this.#hintOnce()
    const transactor = new SqliteWriter({ file, database: writer, runtime, committed })
    this.#group = new GroupCommit({ runtime, maxGroup, limitMs: busyLimitMs, transactor })
  }

  async commit(commit: Commit): Promise<Committed> {
    const prepared = prepareCommit(commit)
    return this.#write(() => applyCommit(this.#ledger, prepared, this.incarnation))
  }

  async readStream(id: StreamId, { from, max, direction }: ReadStream = {}): Promise<StreamPage> {
    const wanted = requireMax(max)
    const name = prepareStream('stream', id)
    if (from !== undefined) requirePlace('from', from)
    return this.#read(() => {
      const stream = this.#reader.stream(name)
      if (!stream) return { events: [], version: 0 }
      const { version, truncated, closed } = stream
      const events =
        direction === 'backwards'
          ? this.#reader.backwards(stream, Math.min(from ?? version, version), wanted)
          : this.#reader.forwards(stream, from ?? 1, version, wanted)
      return { events, version, ...(truncated > 0 && { truncated }), ...(closed && { closed }) }
    })
  }

  async readLog({ after, max, tenant, categories }: ReadLog): Promise<LogPage> {
    const wanted = requireMax(max)
    requirePlace('after', after)
    const filter = {
      tenant: requireFilter('tenant', tenant),
      categories: categories?.map((category) => requireName('category', category)),
    }
    const isFiltered = tenant !== undefined || categories !== undefined
    const events: StoredEvent[] = []
    let last = 0
    for (let walked = after, isFirst = true; isFirst || (walked < last && events.length < wanted); isFirst = false) {
      if (!isFirst) await new Promise<void>((resolve) => this.#settings.runtime.turn(resolve))
      walked = await this.#read(() => {
        // Where the walk ends is fixed at its start, or a busy log would keep a filtered reader walking.
        if (isFirst) last = this.#reader.lastPosition()
        const to = isFiltered ? Math.min(last, walked + LOG_WINDOW) : last
        events.push(...this.#reader.log({ after: walked, to, max: wanted - events.length, ...filter }))
        return to
      })
    }
    return { events, settled: events.length === wanted ? (events.at(-1)?.position ?? last) : last }
  }

  async appended(id: StreamId, appendId: string): Promise<PastAppendResult | undefined> {
    const name = prepareStream('stream', id)
    return this.#read(() => {
      const stream = this.#reader.stream(name)
      const past = stream && this.#reader.appended(stream, requireName('appendId', appendId))
      return past && { version: past.version, size: past.size, token: tokenOf(this.incarnation, past.position) }
    })
  }

  async row(table: string, key: string): Promise<Row | undefined> {
    return this.#read(() => this.#reader.row(requireName('table', table), requireName('key', key)))
  }

  async rows(table: string, keys: readonly string[]): Promise<readonly (Row | undefined)[]> {
    return this.#read(() => keys.map((key) => this.#reader.row(requireName('table', table), requireName('key', key))))
  }

  async scanRows(table: string, { after = '', max }: ScanRows = {}): Promise<readonly KeyedRow[]> {
    const wanted = requireMax(max)
    return this.#read(() => this.#reader.scan(requireName('table', table), after, wanted))
  }

  async checkpoint(name: string): Promise<Position> {
    return this.#read(() => this.#reader.checkpoint(requireName('checkpoint', name)))
  }

  async acquire(lease: string, ttlMs: number): Promise<Fence | undefined> {
    const name = requireName('lease', lease)
    const ttl = requireTtl(ttlMs)
    return this.#write(() => acquireLease(this.#ledger, name, ttl))
  }

  async renew({ lease, epoch }: Fence, ttlMs: number): Promise<boolean> {
    const ttl = requireTtl(ttlMs)
    return this.#write(() => renewLease(this.#ledger, { lease, epoch }, ttl))
  }

  release({ lease, epoch }: Fence): Promise<void> {
    return this.#write(() => releaseLease(this.#ledger, { lease, epoch }))
  }

  async pruneInbox(olderThanMs: number, max?: number): Promise<number> {
    const age = requirePositive('olderThanMs', olderThanMs)
    const most = requireMax(max)
    return this.#write(() => this.#ledger.pruneInbox(this.#ledger.now() - age, most))
  }

  async due({ max, category }: ReadDue = {}): Promise<readonly DueTimer[]> {
    const wanted = requireMax(max)
    const filter = requireFilter('category', category)
    return this.#read(() => this.#reader.due(this.#settings.runtime.wallTime(), filter, wanted))
  }

  async changed(after: Position, signal: AbortSignal): Promise<void> {
    const last = await this.#read(() => this.#reader.lastPosition())
    if (last <= after && !this.#closing) await this.#hints.wait(after, signal)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#group.close()
    this.#hints.wakeAll()
    for (const connection of this.#connections) connection.close()
  }

  async #write<T>(job: () => T): Promise<T> {
    try {
      return await this.#group.run(job)
    } catch (error) {
      throw storeError(this.#settings.file, error)
    }
  }

  async #read<T>(work: () => T): Promise<T> {
    const { file, runtime, busyLimitMs } = this.#settings
    const workWhileOpen = (): T => {
      if (this.#closing) throw storeClosed()
      return work()
    }
    try {
      return await whenFree(runtime, busyLimitMs, workWhileOpen)
    } catch (error) {
      throw storeError(file, error)
    }
  }

  #startPolling(): void {
    this.#poll = this.#settings.runtime.timer(
      this.#settings.pollMs,
      () => {
        this.#hintOnce()
        if (this.#hints.waiting > 0) this.#startPolling()
      },
      false,
    )
  }

  #hintOnce(): void {
    if (this.#hints.waiting === 0) return
    try {
      this.#hints.wake(this.#reader.lastPosition())
    } catch {
      // The waiters' own next read meets the error, and can tell whom it concerns.
      this.#hints.wakeAll()
    }
  }
}
