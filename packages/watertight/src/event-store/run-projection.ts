import type { StoredEvent } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import type { Projection } from './projection.ts'
import { RowFold } from './row-fold.ts'
import { type Subscription, subscribe } from './subscription.ts'
import type { BatchHandler, SubscriptionOptions } from './subscription-options.ts'

export type RunProjectionOptions = Omit<SubscriptionOptions, 'name' | 'types' | 'handle'>

/**
 * Keeps a projection up behind the events: rows and checkpoint move in one commit, so every event counts once, whatever dies
 * in between. Each version of a projection has a checkpoint of its own and begins at the first event.
 *
 * @example
 * const running = runProjection(summary, { store, categories: ['cart'] })
 * const row = await readRow(summary, store, 'cart-17')
 * await running.close()
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function runProjection<Row>(projection: Projection<Row>, options: RunProjectionOptions): Subscription {
  return subscribe({
    ...options,
    name: `projection/${projection.name}@${projection.version}`,
    types: projection.types,
    handle: foldInto(projection, options.store),
  })
}

/** Reads a row of a projection; `undefined` when there is none, or none yet. */
export async function readRow<Row>(
  projection: Projection<Row>,
  store: Store,
  key: string,
  tenant?: string,
): Promise<Row | undefined> {
  const row = await store.row(projection.table(tenant), key)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table holds what this version of the projection made
  return row?.value as Row | undefined
}

function foldInto<Row>(projection: Projection<Row>, store: Store): BatchHandler {
  return async (events) => {
    const tables = [...byTableAndKey(projection, events)]
    const folds = await Promise.all(
      tables.map(async ([table, keys]) => {
        const current = await store.rows(table, [...keys.keys()])
        return [...keys].map(([key, ofRow], i) => {
          const fold = new RowFold(projection, table, key, current[i])
          for (const event of ofRow) fold.add(event)
          return fold
        })
      }),
    )
    return { rows: folds.flat().flatMap((fold) => fold.writes()) }
  }
}

function byTableAndKey<Row>(
  projection: Projection<Row>,
  events: readonly StoredEvent[],
): ReadonlyMap<string, ReadonlyMap<string, readonly StoredEvent[]>> {
  const tables = new Map<string, Map<string, StoredEvent[]>>()
  for (const event of events) {
    const key = projection.keyOf(event)
    if (key === undefined) continue
    const table = projection.table(event.stream.tenant)
    const keys = tables.get(table) ?? new Map<string, StoredEvent[]>()
    tables.set(table, keys)
    const ofRow = keys.get(key) ?? []
    keys.set(key, ofRow)
    ofRow.push(event)
  }
  return tables
}
