import { readdir } from 'node:fs/promises'
import type { Store, StoredEvent } from 'watertight/store'
import type { Role } from '../process/roles.ts'
import { shopStores } from '../process/shop-stores.ts'
import { EXIT, inOneLine, PlainFailure } from '../supervisor/plain-failure.ts'

const PAGE = 1_000

/** The databases of a stopped shop, those that are there. */
export type Stores = ReadonlyMap<Role, Store>

/**
 * Opens every database in a data folder for `read`, and closes them again. Nothing is written to them.
 *
 * @throws PlainFailure (exit code 1) when the folder holds none, or one is damaged.
 */
export async function withStores<T>(folder: string, read: (stores: Stores) => Promise<T>): Promise<T> {
  await requireFolder(folder)
  const databases = shopStores(folder)
  const stores = new Map<Role, Store>()
  try {
    for (const role of await databases.held()) stores.set(role, await databases.open(role))
    if (stores.size === 0) throw new PlainFailure(`${folder} holds no database of a shop`, EXIT.failed)
    return await read(stores)
  } catch (error) {
    if (error instanceof PlainFailure) throw error
    throw new PlainFailure(`the databases in ${folder} cannot be read: ${inOneLine(error)}`, EXIT.failed, {
      cause: error,
    })
  } finally {
    await Promise.all([...stores.values()].map((store) => store.close()))
  }
}

/** Every event of some categories, or of all, in the order of the log. */
export async function* eventsOf(store: Store | undefined, categories?: readonly string[]): AsyncGenerator<StoredEvent> {
  if (store === undefined) return
  let after = 0
  for (;;) {
    const { events, settled } = await store.readLog({ after, max: PAGE, ...(categories && { categories }) })
    yield* events
    if (settled <= after) return
    after = settled
  }
}

/** Every row of a table, in order of key. */
export async function* rowsOf(
  store: Store | undefined,
  table: string,
): AsyncGenerator<{ readonly key: string; readonly value: unknown }> {
  if (store === undefined) return
  let after: string | undefined
  for (;;) {
    const rows = await store.scanRows(table, { max: PAGE, ...(after !== undefined && { after }) })
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.key
  }
}

async function requireFolder(folder: string): Promise<void> {
  try {
    await readdir(folder)
  } catch (error) {
    throw new PlainFailure(`${folder} cannot be read: ${inOneLine(error)}`, EXIT.failed, { cause: error })
  }
}
