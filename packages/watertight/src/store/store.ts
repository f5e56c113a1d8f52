import type { Commit, Committed, Fence } from './commit.ts'
import type { StoredEvent, StreamId } from './event.ts'
import type { Position, Version } from './position.ts'

export interface ReadStream {
  /** The first version to return, counted in reading direction. Default: 1, or the last one when reading backwards. */
  readonly from?: Version
  /** At most so many events. Default 1,000. */
  readonly max?: number
  /** Default `forwards`. */
  readonly direction?: 'forwards' | 'backwards'
}

export interface StreamPage {
  readonly events: readonly StoredEvent[]
  /** The stream's version now; 0 when it never had an event. */
  readonly version: Version
  /** Events of this version and before were deleted; missing when it is whole. */
  readonly truncated?: Version
  /** True when it takes no more appends. */
  readonly closed?: boolean
}

export interface ReadLog {
  /** Return events behind this position. */
  readonly after: Position
  /** At most so many events. Default 1,000. */
  readonly max?: number
  readonly tenant?: string
  readonly categories?: readonly string[]
}

export interface LogPage {
  readonly events: readonly StoredEvent[]
  /**
   * How far the reader has come: every event at or before it that matches is in this page or an earlier one, and none will
   * appear there later. Read on from here. It is less than `after` only when `after` lies ahead of the whole log.
   */
  readonly settled: Position
}

/** An append that was made before. */
export interface PastAppendResult {
  /** The stream's version after it. */
  readonly version: Version
  /** How many events it had: they end at `version`. */
  readonly size: number
  /** The token of its last position. */
  readonly token: string
}

export interface Row {
  readonly value: unknown
  readonly version: Version
}

export interface KeyedRow extends Row {
  readonly key: string
}

export interface ScanRows {
  readonly after?: string
  readonly max?: number
}

export interface ReadDue {
  /** At most so many timers. Default 1,000. */
  readonly max?: number
  /** Only timers of streams of this category. */
  readonly category?: string
}

export interface DueTimer {
  readonly key: string
  readonly stream: StreamId
  /** Tells this arming from a later one of the same key. */
  readonly arming: number
}

/**
 * The durable port under events, sagas and inboxes: one database, one log. Adapters: memory (tests), SQLite (embedded).
 *
 * A method rejects with a `WatertightError`: `STORE_CLOSED` after `close`, `STORE_UNAVAILABLE` (retryable; whether the commit
 * happened is unknown, so repeat it with its append ids), `STORE_CORRUPT`, `INVALID_COMMIT` (defect of the caller; also for
 * reading under a name that no store would take), `INVALID_OPTION` (a `max` or time-to-live out of range).
 */
export interface Store {
  /** Changes when the database was restored from a backup. */
  readonly incarnation: string
  /** Durable when it resolves. Grouped with its neighbours; fails alone. */
  commit(commit: Commit): Promise<Committed>
  readStream(stream: StreamId, options?: ReadStream): Promise<StreamPage>
  readLog(options: ReadLog): Promise<LogPage>
  /** Looks an append up by its id, so that a repeated command need not decide again. Known as long as the stream's events. */
  appended(stream: StreamId, appendId: string): Promise<PastAppendResult | undefined>
  row(table: string, key: string): Promise<Row | undefined>
  /** The rows of `keys`, in their order; `undefined` where there is none. */
  rows(table: string, keys: readonly string[]): Promise<readonly (Row | undefined)[]>
  /** Every row of a table in order of key (by code points), at most `max` (default 1,000), behind `after`. */
  scanRows(table: string, options?: ScanRows): Promise<readonly KeyedRow[]>
  /** Where a subscription stands; 0 when it never moved. */
  checkpoint(name: string): Promise<Position>
  /**
   * Takes a lease that is free or expired, in the store's clock, under a new epoch; `undefined` while anybody has it, the
   * caller included.
   */
  acquire(lease: string, ttlMs: number): Promise<Fence | undefined>
  /** Prolongs a lease; false when it is lost: released, taken, or expired, even if nobody took it since. */
  renew(fence: Fence, ttlMs: number): Promise<boolean>
  release(fence: Fence): Promise<void>
  /**
   * Forgets which messages were handled longer ago than `olderThanMs`, at most `max` of them (default 1,000), and resolves with
   * how many: a message that comes again later than that is taken for a new one. Keep them for longer than the longest
   * redelivery.
   */
  pruneInbox(olderThanMs: number, max?: number): Promise<number>
  /** Timers that are due in the store's clock, earliest first. They stay until a commit clears or moves them. */
  due(options?: ReadDue): Promise<readonly DueTimer[]>
  /** Resolves when something was committed behind `after`, when `signal` aborts, or for no reason: a hint. */
  changed(after: Position, signal: AbortSignal): Promise<void>
  /** Finishes what is under way and lets go of the database. Idempotent. */
  close(): Promise<void>
}
