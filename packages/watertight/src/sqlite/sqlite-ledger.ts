import type { DatabaseSync } from 'node:sqlite'
import type { TimerWrite } from '../store/commit.ts'
import type { StreamId } from '../store/event.ts'
import type { EventContent, Ledger, LeaseState, PastAppend, StreamState } from '../store/ledger.ts'
import type { Position, Version } from '../store/position.ts'
import type { PreparedAppend, PreparedCommit, PreparedRow } from '../store/prepared-commit.ts'
import { slotOf } from '../store/slot.ts'
import { numberOf, textOf, textOrNull } from './columns.ts'
import { LAST_POSITION, STREAM } from './queries.ts'

interface SqliteStream extends StreamState {
  readonly id: StreamId
  /** Its row; `undefined` as long as it has no event. */
  readonly row: number | undefined
}

/** The tables of a store in a transaction of its writing connection. Its clock is the wall clock: it outlives the process. */
export class SqliteLedger implements Ledger<SqliteStream> {
  readonly #sql: ReturnType<typeof prepare>
  readonly #clock: { wallTime(): number }

  constructor(database: DatabaseSync, clock: { wallTime(): number }) {
    this.#clock = clock
    this.#sql = prepare(database)
  }

  now(): number {
    return this.#clock.wallTime()
  }

  lastPosition(): Position {
    return numberOf(this.#sql.lastPosition.get(), 'position')
  }

  stream(id: StreamId): SqliteStream {
    const found = this.#sql.stream.get(id.id, id.category, id.tenant)
    return found
      ? {
          id,
          row: numberOf(found, 'stream'),
          version: numberOf(found, 'version'),
          closed: numberOf(found, 'closed') === 1,
        }
      : { id, row: undefined, version: 0, closed: false }
  }

  pastAppend({ row }: SqliteStream, appendId: string): PastAppend | undefined {
    const first = row === undefined ? undefined : this.#sql.pastAppend.get(row, appendId)
    if (!first) return undefined
    const size = numberOf(first, 'append_size')
    // One transaction writes an append, so its positions follow each other like its versions.
    return { size, version: numberOf(first, 'version') + size - 1, position: numberOf(first, 'position') + size - 1 }
  }

  contents({ row }: SqliteStream, after: Version, upTo: Version): readonly EventContent[] {
    if (row === undefined) return []
    return this.#sql.contents.all(row, after, upTo).map((event) => ({
      type: textOf(event, 'type'),
      schema: numberOf(event, 'schema'),
      data: textOrNull(event, 'data'),
      subject: textOrNull(event, 'subject'),
    }))
  }

  append({ id, row, version }: SqliteStream, { appendId, events }: PreparedAppend): Position {
    const stream = row ?? this.#sql.addStream.run(id.tenant, id.category, id.id, slotOf(id)).lastInsertRowid
    const at = this.#clock.wallTime()
    let position: Position = 0
    for (const [i, { id: eventId, type, schema, data, subject, meta }] of events.entries()) {
      const isFirst = i === 0
      const { lastInsertRowid } = this.#sql.addEvent.run(
        stream,
        version + 1 + i,
        eventId,
        type,
        schema,
        data,
        subject,
        meta,
        at,
        isFirst ? appendId : null,
        isFirst ? events.length : null,
      )
      position = Number(lastInsertRowid)
    }
    return position
  }

  truncate({ row }: SqliteStream, upTo: Version): void {
    if (row === undefined) return
    this.#sql.truncate.run(upTo, row)
    this.#sql.deleteEvents.run(row, upTo)
  }

  close({ row }: SqliteStream): void {
    if (row !== undefined) this.#sql.closeStream.run(row)
  }

  hasSeen({ consumer, generation, id }: NonNullable<PreparedCommit['inbox']>): boolean {
    return this.#sql.hasSeen.get(consumer, generation, id) !== undefined
  }

  markSeen({ consumer, generation, id }: NonNullable<PreparedCommit['inbox']>): void {
    this.#sql.markSeen.run(consumer, generation, id, this.now())
  }

  /** How many messages that were handled before `until` are forgotten now, of at most `max`. */
  pruneInbox(until: number, max: number): number {
    return Number(this.#sql.pruneInbox.run(until, max).changes)
  }

  checkpoint(name: string): Position {
    const found = this.#sql.checkpoint.get(name)
    return found ? numberOf(found, 'position') : 0
  }

  moveCheckpoint(name: string, to: Position): void {
    this.#sql.moveCheckpoint.run(name, to)
  }

  keyHolder(key: string): StreamId | undefined {
    const found = this.#sql.keyHolder.get(key)
    return found && { tenant: textOf(found, 'tenant'), category: textOf(found, 'category'), id: textOf(found, 'id') }
  }

  takeKey(key: string, { tenant, category, id }: StreamId): void {
    this.#sql.takeKey.run(key, tenant, category, id)
  }

  freeKey(key: string): void {
    this.#sql.freeKey.run(key)
  }

  rowVersion(table: string, key: string): Version {
    const found = this.#sql.rowVersion.get(table, key)
    return found ? numberOf(found, 'version') : 0
  }

  writeRow({ table, key, value }: PreparedRow, version: Version): void {
    if (value === null) this.#sql.deleteRow.run(table, key)
    else this.#sql.writeRow.run(table, key, version, value)
  }

  setTimer({ key, inMs, stream }: TimerWrite): void {
    this.#sql.setTimer.run(key, this.now() + inMs, stream.tenant, stream.category, stream.id)
  }

  clearTimer(key: string): void {
    this.#sql.clearTimer.run(key)
  }

  lease(name: string): LeaseState | undefined {
    const found = this.#sql.lease.get(name)
    return (
      found && {
        epoch: numberOf(found, 'epoch'),
        expiresAt: numberOf(found, 'expires_at'),
        ttlMs: numberOf(found, 'ttl_ms'),
      }
    )
  }

  writeLease(lease: string, { epoch, expiresAt, ttlMs }: LeaseState): void {
    this.#sql.writeLease.run(lease, epoch, expiresAt, ttlMs)
  }
}

function prepare(database: DatabaseSync) {
  return {
    lastPosition: database.prepare(LAST_POSITION),
    stream: database.prepare(STREAM),
    pastAppend: database.prepare(
      'SELECT version, append_size, position FROM events WHERE stream = ? AND append_id = ?',
    ),
    contents: database.prepare(`SELECT type, schema, data, subject FROM events
      WHERE stream = ? AND version > ? AND version <= ? ORDER BY version`),
    addStream: database.prepare('INSERT INTO streams (tenant, category, id, slot) VALUES (?, ?, ?, ?)'),
    addEvent:
      database.prepare(`INSERT INTO events (stream, version, id, type, schema, data, subject, meta, at, append_id, append_size)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    truncate: database.prepare('UPDATE streams SET truncated = max(truncated, ?) WHERE stream = ?'),
    deleteEvents: database.prepare('DELETE FROM events WHERE stream = ? AND version <= ?'),
    closeStream: database.prepare('UPDATE streams SET closed = 1 WHERE stream = ?'),
    hasSeen: database.prepare('SELECT 1 FROM inbox WHERE consumer = ? AND generation = ? AND id = ?'),
    pruneInbox: database.prepare(`DELETE FROM inbox WHERE (consumer, generation, id) IN
      (SELECT consumer, generation, id FROM inbox WHERE at < ? ORDER BY at LIMIT ?)`),
    markSeen: database.prepare('INSERT INTO inbox (consumer, generation, id, at) VALUES (?, ?, ?, ?)'),
    checkpoint: database.prepare('SELECT position FROM checkpoints WHERE name = ?'),
    moveCheckpoint: database.prepare('INSERT OR REPLACE INTO checkpoints (name, position) VALUES (?, ?)'),
    keyHolder: database.prepare('SELECT tenant, category, id FROM keys WHERE key = ?'),
    takeKey: database.prepare('INSERT OR REPLACE INTO keys (key, tenant, category, id) VALUES (?, ?, ?, ?)'),
    freeKey: database.prepare('DELETE FROM keys WHERE key = ?'),
    rowVersion: database.prepare('SELECT version FROM read_model WHERE name = ? AND key = ?'),
    // Replacing would delete and insert: an update in place is half the work.
    writeRow: database.prepare(`INSERT INTO read_model (name, key, version, value) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET version = excluded.version, value = excluded.value`),
    deleteRow: database.prepare('DELETE FROM read_model WHERE name = ? AND key = ?'),
    // A replaced row gets a new rowid, so moving a timer arms it anew.
    setTimer: database.prepare(
      'INSERT OR REPLACE INTO timers (key, due_at, tenant, category, id) VALUES (?, ?, ?, ?, ?)',
    ),
    clearTimer: database.prepare('DELETE FROM timers WHERE key = ?'),
    lease: database.prepare('SELECT epoch, expires_at, ttl_ms FROM leases WHERE name = ?'),
    writeLease: database.prepare('INSERT OR REPLACE INTO leases (name, epoch, expires_at, ttl_ms) VALUES (?, ?, ?, ?)'),
  }
}
