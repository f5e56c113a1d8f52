import type { StoredEvent, StreamId } from '../store/event.ts'
import type { Position, Version } from '../store/position.ts'
import type { KeyedRow, Store } from '../store/store.ts'
import type { Projection } from './projection.ts'

/** A row that no event reaches any more, since one could not be folded into it. */
export interface ParkedKey {
  readonly key: string
  readonly tenant: string
  /** The event that could not be folded. */
  readonly event: {
    readonly id: string
    readonly type: string
    readonly stream: StreamId
    readonly version: Version
    readonly position: Position
  }
  /** The last version of its stream that waits behind the event, or is it. */
  readonly heldTo: Version
  /** True where rows fold several streams: then the whole projection waits, not only this row. */
  readonly stops: boolean
  readonly error: { readonly name: string; readonly message: string; readonly code?: string }
  /** How many processes died of the event. */
  readonly crashes: number
  /** Epoch milliseconds. */
  readonly since: number
}

/** An event that was left out of a row, on purpose. */
export interface SkippedEvent extends Pick<ParkedKey, 'key' | 'tenant' | 'event' | 'error'> {
  readonly reason: string
  readonly by?: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** The table of a projection's {@link ParkedKey}s, by key. No projection's own table begins with @. */
export function parkedTable(projection: Projection<unknown>, tenant?: string): string {
  return `@parked/${projection.table(tenant)}`
}

/** The table of a projection's {@link SkippedEvent}s, by position. */
export function skippedTable(projection: Projection<unknown>, tenant?: string): string {
  return `@skipped/${projection.table(tenant)}`
}

/** The key of a position: in order as text too. */
export function positionKey(position: Position): string {
  return String(position).padStart(16, '0')
}

/** The positions behind `after`, up to `to`, that are left out. */
export async function skippedPositions(
  store: Store,
  table: string,
  after: Position,
  to: Position,
): Promise<ReadonlySet<Position>> {
  const skipped = new Set<Position>()
  for (let last = positionKey(after); ; ) {
    const rows = await store.scanRows(table, { after: last })
    for (const { key } of rows) skipped.add(Number(key))
    last = rows.at(-1)?.key ?? last
    if (rows.length === 0 || Number(last) >= to) return skipped
  }
}

/** What is parked, as its row says. */
export function decodeParked({ value }: Pick<KeyedRow, 'value'>): ParkedKey {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only parking writes the table
  return value as ParkedKey
}

/** Parks the key of an event. */
export function parkedBy(
  event: StoredEvent,
  facts: Omit<ParkedKey, 'event' | 'tenant' | 'error'> & { readonly error: unknown },
): ParkedKey {
  const { id, type, stream, version, position } = event
  return {
    ...facts,
    tenant: stream.tenant,
    event: { id, type, stream, version, position },
    error: described(facts.error),
  }
}

function described(error: unknown): ParkedKey['error'] {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message } = error
  return 'code' in error && typeof error.code === 'string' ? { name, message, code: error.code } : { name, message }
}
