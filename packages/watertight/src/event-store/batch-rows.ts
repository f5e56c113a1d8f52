import type { StoredEvent } from '../store/event.ts'
import type { Position, Version } from '../store/position.ts'
import type { Store } from '../store/store.ts'
import { decodeParked, type ParkedKey, parkedTable, skippedPositions, skippedTable } from './parked-key.ts'
import type { Projection } from './projection.ts'
import type { PlacedRow, RowPlace } from './row-place.ts'

/** One row that a batch has events for. */
export interface BatchRow {
  readonly tenant: string
  readonly before: PlacedRow
  /** Without those that were left out on purpose. At least one. */
  readonly events: readonly StoredEvent[]
  readonly parked: { readonly key: ParkedKey; readonly version: Version } | undefined
}

/** Reads the rows that a batch has events for, and what is parked and left out among them. */
export async function readBatchRows<Row>(
  projection: Projection<Row>,
  store: Store,
  place: RowPlace,
  events: readonly StoredEvent[],
): Promise<readonly BatchRow[]> {
  const tenants = await Promise.all(
    [...byTenantAndKey(projection, events)].map(async ([tenant, keyed]) => {
      const keys = [...keyed.keys()]
      const [rows, parked, skipped] = await Promise.all([
        place.read(projection.table(tenant), keys),
        parkedAmong(store, parkedTable(projection, tenant), keys),
        skippedAmong(store, skippedTable(projection, tenant), events),
      ])
      return rows.map((before, i): BatchRow => {
        const all = keyed.get(before.key) ?? []
        const of = skipped.size > 0 ? all.filter(({ position }) => !skipped.has(position)) : all
        return { tenant, before, events: of, parked: parked[i] }
      })
    }),
  )
  return tenants.flat().filter((row) => row.events.length > 0)
}

/** Hardly ever is anything parked: one look at the table instead of one for each key. */
async function parkedAmong(
  store: Store,
  table: string,
  keys: readonly string[],
): Promise<readonly BatchRow['parked'][]> {
  const [any] = await store.scanRows(table, { max: 1 })
  if (any === undefined) return []
  const rows = await store.rows(table, keys)
  return rows.map((row) => row && { key: decodeParked(row), version: row.version })
}

async function skippedAmong(
  store: Store,
  table: string,
  events: readonly StoredEvent[],
): Promise<ReadonlySet<Position>> {
  return skippedPositions(store, table, (events[0]?.position ?? 1) - 1, events.at(-1)?.position ?? 0)
}

function byTenantAndKey<Row>(
  projection: Projection<Row>,
  events: readonly StoredEvent[],
): ReadonlyMap<string, ReadonlyMap<string, readonly StoredEvent[]>> {
  const tenants = new Map<string, Map<string, StoredEvent[]>>()
  for (const event of events) {
    const key = projection.keyOf(event)
    if (key === undefined) continue
    const { tenant } = event.stream
    let keys = tenants.get(tenant)
    if (keys === undefined) tenants.set(tenant, (keys = new Map()))
    const ofRow = keys.get(key)
    if (ofRow === undefined) keys.set(key, [event])
    else ofRow.push(event)
  }
  return tenants
}
