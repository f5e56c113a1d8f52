import type { SQLOutputValue } from 'node:sqlite'
import { WatertightError } from '../runtime/error.ts'

/** A row as the driver gives it. */
export type SqlRow = Record<string, SQLOutputValue>

export function textOf(row: SqlRow | undefined, column: string): string {
  const value = row?.[column]
  return typeof value === 'string' ? value : unexpected(column, value)
}

export function textOrNull(row: SqlRow, column: string): string | null {
  const value = row[column]
  return value === null || typeof value === 'string' ? value : unexpected(column, value)
}

export function numberOf(row: SqlRow | undefined, column: string): number {
  const value = row?.[column]
  return typeof value === 'number' ? value : unexpected(column, value)
}

function unexpected(column: string, value: unknown): never {
  throw new WatertightError(
    'STORE_CORRUPT',
    `Column ${column} of the store holds ${typeof value}, which it never should.`,
  )
}
