import { type Store, streamId } from 'watertight/store'

/** One thing that happened to an order. */
export interface TimelineEntry {
  /** ISO 8601. */
  readonly at: string
  readonly type: string
  readonly data: unknown
}

/** All that the orders service knows of an order, its checkout step by step, in the order it was recorded. */
export async function timelineOf(store: Store, orderId: string): Promise<readonly TimelineEntry[]> {
  const streams = [streamId('order', orderId), streamId('saga-checkout', orderId)]
  const pages = await Promise.all(streams.map((stream) => store.readStream(stream)))
  return pages
    .flatMap(({ events }) => events)
    .toSorted((a, b) => a.position - b.position)
    .map(({ at, type, data }) => ({ at: new Date(at).toISOString(), type, data }))
}
