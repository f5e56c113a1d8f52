import { DatabaseSync } from 'node:sqlite'
import { type NewEvent, slotOf, streamId } from 'watertight/store'
import type { OrderAppend } from './order-events.ts'

/** The same tables without the store: what the database does by itself, asked in the best way. */
export interface RawSqlite {
  /** One transaction, synced. Nothing is looked up and nothing is checked. */
  insert(appends: readonly OrderAppend[]): void
  close(): void
}

/** Opens a file that our store has made, with its tables and indexes, set up as durably. */
export function openRawSqlite(file: string): RawSqlite {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const addStream = database.prepare('INSERT INTO streams (tenant, category, id, slot) VALUES (?, ?, ?, ?)')
  const addEvent = database.prepare(`INSERT INTO events
    (stream, version, id, type, schema, data, subject, meta, at, append_id, append_size)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const rows = new Map<string, number | bigint>()
  const insertEvents = (row: number | bigint, { order, events, version }: OrderAppend): void => {
    for (const [i, { id, type, schema, data, meta }] of events.entries() as IterableIterator<[number, NewEvent]>) {
      const texts = [JSON.stringify(data), null, JSON.stringify(meta)]
      const append = i === 0 ? [`${order}-${version}`, events.length] : [null, null]
      addEvent.run(row, version + 1 + i, id, type, schema, ...texts, Date.now(), ...append)
    }
  }
  return {
    insert(appends) {
      begin.run()
      for (const append of appends) {
        const { order } = append
        const row =
          rows.get(order) ?? addStream.run('default', 'order', order, slotOf(streamId('order', order))).lastInsertRowid
        // Each order is appended to twice.
        if (!rows.delete(order)) rows.set(order, row)
        insertEvents(row, append)
      }
      commit.run()
    },
    close: () => database.close(),
  }
}
