import type { Store } from 'watertight/store'

/** The value of a row; made and written when it is not there. Of two processes that make it at once, one wins and both use its. */
export async function keepFirst<T>(store: Store, table: string, key: string, make: () => Promise<T>): Promise<T> {
  const known = await store.row(table, key)
  if (known) return known.value as T
  const made = await make()
  const committed = await store.commit({ rows: [{ table, key, value: made, ifVersion: 0 }] })
  if (committed.ok) return made
  const winner = await store.row(table, key)
  if (winner === undefined) throw new Error(`${table}/${key} was there, and is gone`)
  return winner.value as T
}
