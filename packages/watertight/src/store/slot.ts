import type { StreamId } from './event.ts'

/** How many slots the streams of a store fall into: the unit of leases, shards and moves. Fixed for ever. */
export const SLOTS = 1_024

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/**
 * The slot of a stream, by its name alone (FNV-1a over UTF-16 code units): the same in every process and adapter, for ever,
 * since it is stored with the stream.
 *
 * @example
 * slotOf(streamId('order', '536365')) // 0 … 1023
 */
export function slotOf({ tenant, category, id }: StreamId): number {
  const name = `${tenant}\0${category}\0${id}`
  let hash = FNV_OFFSET
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), FNV_PRIME)
  // The low bits of FNV mix poorly for short names: fold the high half in.
  return ((hash >>> 16) ^ hash) & (SLOTS - 1)
}
