import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent, StreamId } from '../store/event.ts'
import { decodeJson, decodeMeta } from '../store/json.ts'
import type { Position, Version } from '../store/position.ts'
import type { DueTimer, KeyedRow, Row } from '../store/store.ts'
import { numberOf, type SqlRow, textOf, textOrNull } from './columns.ts'
import { LAST_POSITION, STREAM } from './queries.ts'

/** A stream as it stands. */
export interface FoundStream {
  readonly row: number
  readonly version: Version
  /** The last version that was deleted; 0 when it is whole. */
  readonly truncated: Version
  readonly closed: boolean
}

/** Which events of the log: behind `after`, up to and with `to`. */
export interface LogRange {
  readonly after: Position
  readonly to: Position
  readonly max: number
  readonly tenant: string | undefined
  readonly categories: readonly string[] | undefined
}

/** What a store asks of its reading connection, each in one statement. */
export class SqliteReader {
  readonly #sql: ReturnType<typeof prepare>

  constructor(database: DatabaseSync) {
    this.#sql = prepare(database)
  }

  lastPosition(): Position {
    return numberOf(this.#sql.lastPosition.get(), 'position')
  }

  stream({ tenant, category, id }: StreamId): FoundStream | undefined {
    const found = this.#sql.stream.get(id, category, tenant)
    return (
      found && {
        row: numberOf(found, 'stream'),
        version: numberOf(found, 'version'),
        truncated: numberOf(found, 'truncated'),
        closed: numberOf(found, 'closed') === 1,
      }
    )
  }

  /** Events of versions `first` to `last`. */
  forwards({ row }: FoundStream, first: Version, last: Version, max: number): readonly StoredEvent[] {
    return this.#sql.forwards.all(row, first, last, max).map(toEvent)
  }

  /** Events of version `last` and less, the last first. */
  backwards({ row }: FoundStream, last: Version, max: number): readonly StoredEvent[] {
    return this.#sql.backwards.all(row, last, max).map(toEvent)
  }

  log({ after, to, max, tenant, categories }: LogRange): readonly StoredEvent[] {
    if (tenant === undefined && categories === undefined) return this.#sql.log.all(after, to, max).map(toEvent)
    const wanted = categories ? JSON.stringify(categories) : null
    return this.#sql.filteredLog.all(after, to, tenant ?? null, tenant ?? null, wanted, wanted, max).map(toEvent)
  }

  appended({ row }: FoundStream, appendId: string): { size: number; version: Version; position: Position } | undefined {
    const first = this.#sql.appended.get(row, appendId)
    if (!first) return undefined
    const size = numberOf(first, 'append_size')
    return { size, version: numberOf(first, 'version') + size - 1, position: numberOf(first, 'position') + size - 1 }
  }

  row(table: string, key: string): Row | undefined {
    const found = this.#sql.row.get(table, key)
    return found && { value: decodeJson(textOf(found, 'value')), version: numberOf(found, 'version') }
  }

  scan(table: string, after: string, max: number): readonly KeyedRow[] {
    return this.#sql.scan.all(table, after, max).map((found) => ({
      key: textOf(found, 'key'),
      value: decodeJson(textOf(found, 'value')),
      version: numberOf(found, 'version'),
    }))
  }

  checkpoint(name: string): Position {
    const found = this.#sql.checkpoint.get(name)
    return found ? numberOf(found, 'position') : 0
  }

  due(now: number, category: string | undefined, max: number): readonly DueTimer[] {
    return this.#sql.due.all(now, category ?? null, category ?? null, max).map((found) => ({
      key: textOf(found, 'key'),
      stream: toStream(found),
      arming: numberOf(found, 'arming'),
    }))
  }
}

function toEvent(row: SqlRow): StoredEvent {
  const subject = textOrNull(row, 'subject')
  return {
    id: textOf(row, 'event_id'),
    type: textOf(row, 'type'),
    schema: numberOf(row, 'schema'),
    data: decodeJson(textOrNull(row, 'data')),
    ...(subject !== null && { subject }),
    meta: decodeMeta(textOf(row, 'meta')),
    stream: toStream(row),
    version: numberOf(row, 'version'),
    position: numberOf(row, 'position'),
    at: numberOf(row, 'at'),
  }
}

function toStream(row: SqlRow): StreamId {
  return { tenant: textOf(row, 'tenant'), category: textOf(row, 'category'), id: textOf(row, 'id') }
}

// CROSS JOIN keeps SQLite from starting at the streams: the log is walked in order of position.
const EVENTS = `SELECT e.position, e.version, e.id AS event_id, e.type, e.schema, e.data, e.subject, e.meta, e.at,
    s.tenant, s.category, s.id FROM events e CROSS JOIN streams s ON s.stream = e.stream`

function prepare(database: DatabaseSync) {
  return {
    lastPosition: database.prepare(LAST_POSITION),
    stream: database.prepare(STREAM),
    forwards: database.prepare(`${EVENTS} WHERE e.stream = ? AND e.version >= ? AND e.version <= ?
      ORDER BY e.version LIMIT ?`),
    backwards: database.prepare(`${EVENTS} WHERE e.stream = ? AND e.version <= ? ORDER BY e.version DESC LIMIT ?`),
    log: database.prepare(`${EVENTS} WHERE e.position > ? AND e.position <= ? ORDER BY e.position LIMIT ?`),
    filteredLog: database.prepare(`${EVENTS} WHERE e.position > ? AND e.position <= ?
      AND (? IS NULL OR s.tenant = ?) AND (? IS NULL OR s.category IN (SELECT value FROM json_each(?)))
      ORDER BY e.position LIMIT ?`),
    appended: database.prepare('SELECT version, append_size, position FROM events WHERE stream = ? AND append_id = ?'),
    row: database.prepare('SELECT version, value FROM read_model WHERE name = ? AND key = ?'),
    scan: database.prepare(
      'SELECT key, version, value FROM read_model WHERE name = ? AND key > ? ORDER BY key LIMIT ?',
    ),
    checkpoint: database.prepare('SELECT position FROM checkpoints WHERE name = ?'),
    due: database.prepare(`SELECT key, arming, tenant, category, id FROM timers WHERE due_at <= ?
      AND (? IS NULL OR category = ?) ORDER BY due_at, arming LIMIT ?`),
  }
}
