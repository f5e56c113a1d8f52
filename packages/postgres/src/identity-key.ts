import { hash } from 'node:crypto'

/** Half of SHA-256: no two names of a database will ever share it. */
const BYTES = 16

/**
 * The key that something is stored and locked under, made of its whole name. NUL occurs in no name, so the parts cannot run
 * into each other.
 */
export function identityKey(...names: readonly string[]): Buffer {
  return hash('sha256', names.join('\0'), 'buffer').subarray(0, BYTES)
}

/** The key of a stream. */
export function streamKey({
  tenant,
  category,
  id,
}: {
  readonly tenant: string
  readonly category: string
  readonly id: string
}): Buffer {
  return identityKey(tenant, category, id)
}

/** A key as PostgreSQL reads it in text. */
export function uuidOf(key: Buffer): string {
  return key.toString('hex')
}
