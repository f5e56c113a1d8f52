import type { NewEvent, StreamId } from './event.ts'
import type { Position, Version } from './position.ts'

/**
 * What a stream must look like for an append to happen: anything, no event yet, at least one event, or exactly this version.
 * `any` never conflicts.
 */
export type Expected = 'any' | 'absent' | 'present' | Version

/** Events for one stream, at least one. A commit holds at most one append per stream. */
export interface Append {
  readonly stream: StreamId
  readonly expected: Expected
  /**
   * Names this append within its stream: a repetition returns the first result, before the version is looked at. Kept as long
   * as the events. The events of a repetition must have the same types, schemas, data and subjects; ids and meta may differ.
   */
  readonly appendId: string
  readonly events: readonly NewEvent[]
}

/** Proof of owning a lease: writes under an older epoch are refused. */
export interface Fence {
  readonly lease: string
  readonly epoch: number
}

/** A value of a read model. */
export interface RowWrite {
  readonly table: string
  readonly key: string
  /** JSON data; `undefined` deletes the row and its version with it. */
  readonly value: unknown
  /** The version the row must have (0: it must not exist). Without it the write is unconditional. */
  readonly ifVersion?: Version
}

/** A timer that outlives the process. Setting a key again moves it. */
export interface TimerWrite {
  readonly key: string
  readonly inMs: number
  /** Whose timer it is: what is woken when it is due. */
  readonly stream: StreamId
}

/**
 * What becomes of an old stream. Deleted events are gone for good, from the log too: let every subscription read them first.
 * With the first event of an append, its append id is forgotten.
 */
export interface Retention {
  readonly stream: StreamId
  /**
   * Deletes the events of this version and before; versions go on counting from where they were. The stream must have had this
   * version before the commit, else it is a `CONFLICT`.
   */
  readonly truncate?: Version
  /** Ends the stream: what is appended later is refused as `ARCHIVED`. For good. */
  readonly close?: boolean
}

/**
 * All or nothing. A commit is data: it can be grouped with others, posted to another thread, retried, and broken by a
 * simulator. The parts are checked in the order fence, appends (repeat before archive before version), retention, inbox,
 * checkpoint, keys, rows; the first that fails decides the code. When every append is a repetition, the commit was made before: the rest is not looked at.
 *
 * Names (of streams, appends, event ids and types, subjects, rows, keys, timers, leases, consumers) are 1 to 1,024 characters
 * without NUL and lone surrogates; anything else, like a part that is no JSON, is `INVALID_COMMIT`.
 */
export interface Commit {
  readonly appends?: readonly Append[]
  /** At most one for each stream. */
  readonly retention?: readonly Retention[]
  /** Marks a message as handled by a consumer, until the inbox is pruned; `generation` tells a deliberate replay from a repeat. */
  readonly inbox?: { readonly consumer: string; readonly generation: number; readonly id: string }
  /** Moves a subscription on; `from` must be where it stands. */
  readonly checkpoint?: { readonly name: string; readonly from: Position; readonly to: Position }
  readonly timers?: { readonly set?: readonly TimerWrite[]; readonly clear?: readonly string[] }
  /** Concurrency keys: taken whole or not at all by `holder`; taking one that is already its own is fine. */
  readonly keys?: {
    readonly acquire?: readonly string[]
    readonly release?: readonly string[]
    readonly holder: StreamId
  }
  /** At most one write per row. */
  readonly rows?: readonly RowWrite[]
  readonly fence?: Fence
}

/** Why a commit was refused; nothing of it was written. */
export type CommitRefusalCode =
  /** A stream or row does not have the expected version, or a checkpoint stands elsewhere. */
  | 'CONFLICT'
  /** The inbox has the message already. */
  | 'SEEN'
  /** The lease belongs to a newer epoch, or to nobody. */
  | 'FENCED'
  /** A concurrency key belongs to another holder. */
  | 'KEY_HELD'
  /** The append id was used in this stream for other events. */
  | 'ID_REUSED'
  /** The stream was closed, and takes no more appends. */
  | 'ARCHIVED'

export interface CommitDone {
  readonly ok: true
  /** True when every append of the commit had been made before, by its append id: nothing was written now. */
  readonly repeated: boolean
  /** An opaque token of the commit's last position, for `atLeast` reads. */
  readonly token: string
  /** The version of each appended stream after this commit, in the order of `appends`. */
  readonly versions: readonly Version[]
}

export interface CommitRefused {
  readonly ok: false
  readonly code: CommitRefusalCode
  /** What was in the way: a stream, row, key, checkpoint or lease, in words. */
  readonly what: string
  /** The real version, for `CONFLICT`. */
  readonly actual?: Version
}

export type Committed = CommitDone | CommitRefused
