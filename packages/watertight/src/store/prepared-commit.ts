import type { Commit, Expected, Fence, TimerWrite } from './commit.ts'
import type { StreamId } from './event.ts'
import type { Position, Version } from './position.ts'

/** An event whose payload is text already. */
export interface PreparedEvent {
  readonly id: string
  readonly type: string
  readonly schema: number
  readonly data: string | null
  readonly subject: string | null
  readonly meta: string
}

export interface PreparedAppend {
  readonly stream: StreamId
  readonly expected: Expected
  readonly appendId: string
  readonly events: readonly PreparedEvent[]
}

export interface PreparedRetention {
  readonly stream: StreamId
  /** 0 deletes nothing. */
  readonly truncate: Version
  readonly close: boolean
}

export interface PreparedRow {
  readonly table: string
  readonly key: string
  /** JSON text; `null` deletes the row. */
  readonly value: string | null
  readonly ifVersion: Version | undefined
}

/**
 * A commit that was found valid, copied and turned into text: whatever its maker does with the original while it waits for
 * its group, this stays as it is, and the transaction does nothing but database work.
 */
export interface PreparedCommit {
  readonly fence: Fence | undefined
  readonly appends: readonly PreparedAppend[]
  readonly retention: readonly PreparedRetention[]
  readonly inbox: NonNullable<Commit['inbox']> | undefined
  readonly checkpoint: { readonly name: string; readonly from: Position; readonly to: Position } | undefined
  readonly setTimers: readonly TimerWrite[]
  readonly clearTimers: readonly string[]
  readonly acquireKeys: readonly string[]
  readonly releaseKeys: readonly string[]
  /** Set whenever a key is acquired or released. */
  readonly holder: StreamId | undefined
  readonly rows: readonly PreparedRow[]
}
