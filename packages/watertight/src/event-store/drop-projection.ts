import { WatertightError } from '../runtime/error.ts'
import type { Store } from '../store/store.ts'
import { readLiveVersion } from './live-version.ts'
import { CATEGORIES } from './one-category.ts'
import { parkedTable, skippedTable } from './parked-key.ts'
import type { Projection } from './projection.ts'
import type { ReadModelTarget } from './read-model-target.ts'

export interface DropProjectionOptions {
  /** Where its checkpoint is. */
  readonly store: Store
  /** Where the rows are, when not in the store. */
  readonly target?: ReadModelTarget
  /** Whose rows. Default: those of the tenant of systems that have only one. */
  readonly tenants?: readonly (string | undefined)[]
}

const PAGE = 500
const TTL_MS = 60_000

/**
 * Deletes all that a version of a projection has made, such as one that was replaced. Run it again when it was interrupted.
 * Running the version later builds it anew from the first event.
 *
 * @throws WatertightError `IN_USE` while a member runs it, or while it is the live version.
 */
export async function dropProjection(
  projection: Projection<unknown>,
  { store, target, tenants = [undefined] }: DropProjectionOptions,
): Promise<void> {
  const { live } = await readLiveVersion(store, projection.name)
  if (live?.version === projection.version) throw inUse(projection, 'it is the live version')
  const fence = await store.acquire(`subscription/${projection.checkpoint}`, TTL_MS)
  if (!fence) throw inUse(projection, 'a member runs it')
  try {
    // First of all: whoever runs it after a crash in here must begin at the first event.
    const from = await store.checkpoint(projection.checkpoint)
    const back = { name: projection.checkpoint, from, to: 0 }
    const category = { table: CATEGORIES, key: projection.checkpoint, value: undefined }
    requireDone(projection, await store.commit({ checkpoint: back, rows: [category], fence }))
    for (const tenant of tenants) {
      const table = projection.table(tenant)
      await target?.drop(table)
      for (const one of [table, parkedTable(projection, tenant), skippedTable(projection, tenant)]) {
        for (;;) {
          const page = await store.scanRows(one, { max: PAGE })
          if (page.length === 0) break
          const rows = page.map(({ key }) => ({ table: one, key, value: undefined }))
          requireDone(projection, await store.commit({ rows, fence }))
          await store.renew(fence, TTL_MS)
        }
      }
    }
  } finally {
    await store.release(fence)
  }
}

function requireDone(projection: Projection<unknown>, committed: Awaited<ReturnType<Store['commit']>>): void {
  if (!committed.ok) throw inUse(projection, committed.what)
}

function inUse({ name, version }: Projection<unknown>, why: string): WatertightError {
  return new WatertightError('IN_USE', `Projection ${name}@${version} cannot be dropped: ${why}.`, { source: name })
}
