import type { TimerWrite } from './commit.ts'
import type { StreamId } from './event.ts'
import type { Position, Version } from './position.ts'
import type { PreparedAppend, PreparedCommit, PreparedEvent, PreparedRow } from './prepared-commit.ts'

/** A stream as a transaction sees it. Adapters keep what they need beside the version. */
export interface StreamState {
  /** That of its last event, also of one that was deleted since; 0 when it never had one. */
  readonly version: Version
  /** True when it takes no more appends. */
  readonly closed: boolean
}

/** Where the events of an earlier append ended, and how many they were. */
export interface PastAppend {
  readonly size: number
  readonly version: Version
  readonly position: Position
}

/** What a lease was when last touched. Expired at `expiresAt`, by the ledger's clock. */
export interface LeaseState {
  readonly epoch: number
  readonly expiresAt: number
  /** How long it was last given for, in milliseconds. */
  readonly ttlMs: number
}

/** What a repetition of an append is compared by: not ids and meta, which a caller may make anew. */
export type EventContent = Pick<PreparedEvent, 'type' | 'schema' | 'data' | 'subject'>

/**
 * The tables of a store inside one transaction, synchronously. The rules of a commit are written once on top of it, in
 * {@link applyCommit}; an adapter only reads and writes.
 */
export interface Ledger<Stream extends StreamState> {
  /** The clock of leases and timers, in milliseconds. */
  now(): number
  lastPosition(): Position

  /** Looks a stream up; never makes one. */
  stream(id: StreamId): Stream
  pastAppend(stream: Stream, appendId: string): PastAppend | undefined
  /** The events of versions `after` + 1 to `upTo`. */
  contents(stream: Stream, after: Version, upTo: Version): readonly EventContent[]
  /** Writes the events behind the stream's version; the position of the last one. */
  append(stream: Stream, append: PreparedAppend): Position
  /** Deletes the events of this version and before, and the append ids whose first event is among them. */
  truncate(stream: Stream, upTo: Version): void
  close(stream: Stream): void

  hasSeen(inbox: NonNullable<PreparedCommit['inbox']>): boolean
  markSeen(inbox: NonNullable<PreparedCommit['inbox']>): void

  checkpoint(name: string): Position
  moveCheckpoint(name: string, to: Position): void

  keyHolder(key: string): StreamId | undefined
  takeKey(key: string, holder: StreamId): void
  freeKey(key: string): void

  /** 0 when there is no such row. */
  rowVersion(table: string, key: string): Version
  writeRow(row: PreparedRow, version: Version): void

  /** Arms a timer under a number that was never used before. */
  setTimer(timer: TimerWrite): void
  clearTimer(key: string): void

  lease(name: string): LeaseState | undefined
  writeLease(lease: string, state: LeaseState): void
}
