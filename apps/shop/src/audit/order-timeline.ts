import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Acknowledgement, JOURNAL } from '../load/journal.ts'
import type { Role } from '../process/roles.ts'
import { readLines } from '../retail/ndjson.ts'
import { eventsOf, withStores } from './open-stores.ts'

/** One thing that happened to an order, somewhere. */
export interface OrderMoment {
  /** Epoch milliseconds. */
  readonly at: number
  /** The process whose database has it, or the customer. */
  readonly where: Role | 'customer'
  readonly what: string
  readonly data: unknown
}

/** One order's whole life over all the databases of a data folder, in order of time. */
export async function orderTimeline(folder: string, orderId: string): Promise<readonly OrderMoment[]> {
  const moments = await withStores(folder, async (stores) => {
    const found: OrderMoment[] = []
    for (const [where, store] of stores)
      for await (const { at, type, data, stream, meta } of eventsOf(store))
        if (concerns(orderId, [stream.id, meta.correlation, idIn(data)])) found.push({ at, where, what: type, data })
    return found
  })
  return [...moments, ...(await toldTo(folder, orderId))].toSorted((a, b) => a.at - b.at)
}

/** Streams and keys of an order are its id, or hold it between hyphens: `order-<id>-charge`. */
function concerns(orderId: string, names: readonly (string | undefined)[]): boolean {
  return names.some(
    (name) =>
      name === orderId ||
      name === `order-${orderId}` ||
      name?.startsWith(`order-${orderId}-`) ||
      name?.endsWith(`/${orderId}`),
  )
}

function idIn(data: unknown): string | undefined {
  const { orderId } = (data ?? {}) as { readonly orderId?: unknown }
  return typeof orderId === 'string' ? orderId : undefined
}

async function toldTo(folder: string, orderId: string): Promise<readonly OrderMoment[]> {
  const path = join(folder, JOURNAL)
  if (!existsSync(path)) return []
  const told = await readLines<Acknowledgement>(path)
  return told
    .filter((acknowledgement) => acknowledgement.orderId === orderId)
    .map(({ at, status, code }) => ({ at, where: 'customer' as const, what: `told ${status}`, data: { code } }))
}
