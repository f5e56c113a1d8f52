import { decodeJson, decodeMeta, type StoredEvent, type StreamId } from 'watertight/store'
import type { TextRow } from './connections.ts'

/** An event out of a row whose columns from `at` on are those of `EVENT` in the statements. */
export function eventOf(row: TextRow, at: number, stream: StreamId): StoredEvent {
  const subject = row[at + 6]
  return {
    id: textOf(row, at + 3),
    type: textOf(row, at + 4),
    schema: numberOf(row, at + 5),
    data: decodeJson(row[at + 8] ?? null),
    ...(typeof subject === 'string' && { subject }),
    meta: decodeMeta(textOf(row, at + 7)),
    stream,
    version: numberOf(row, at + 1),
    position: numberOf(row, at),
    at: numberOf(row, at + 2),
  }
}

/** Tenant, category and id, from column `at` on. */
export function streamOf(row: TextRow, at: number): StreamId {
  return { tenant: textOf(row, at), category: textOf(row, at + 1), id: textOf(row, at + 2) }
}

export function textOf(row: TextRow | undefined, column: number): string {
  return row?.[column] ?? ''
}

export function numberOf(row: TextRow | undefined, column: number): number {
  return Number(row?.[column])
}
