import { isDeepStrictEqual } from 'node:util'
import type { StreamId } from '../store/event.ts'
import type { ProjectedRow } from './projected-row.ts'
import type { PlacedRow } from './row-place.ts'

/** A row that is not what its events say. */
export interface Inconsistency {
  readonly tenant: string
  readonly key: string
  /** What the events fold to; `undefined`: no row. */
  readonly expected: unknown
  readonly actual: unknown
}

/** An inconsistency, with what it takes to look again and to repair it. */
export interface FoundInconsistency extends Inconsistency {
  /** The stream whose row it is, where each has its own. */
  readonly stream?: StreamId
  readonly before: PlacedRow
  readonly after: ProjectedRow
}

/** Whether two rows are the same once they are stored. */
export function isSameRow(expected: unknown, actual: unknown): boolean {
  return isDeepStrictEqual(stored(expected), stored(actual))
}

function stored(row: unknown): unknown {
  return row === undefined ? undefined : JSON.parse(JSON.stringify(row))
}
