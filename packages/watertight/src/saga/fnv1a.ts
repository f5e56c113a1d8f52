const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

/**
 * The 32-bit FNV-1a hash of a text's UTF-16 code units (Fowler, Noll and Vo): spreads names over slots and tells one
 * topology from another. Not for anything an adversary chooses.
 */
export function fnv1a(text: string): number {
  let hash = OFFSET
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), PRIME)
  }
  return hash >>> 0
}
