import { createHash } from 'node:crypto'

/** Longest id of a document, in bytes. */
const LONGEST_ID = 512
const HASHED = 'sha256-'

/**
 * The name of the index of a table: indices have small letters, digits and few signs only, so that everything else becomes
 * its bytes in hexadecimal, and no two tables one index.
 *
 * @example
 * indexName('shop-', 'order-summary@2') // 'shop-order-summary.2'
 */
export function indexName(prefix: string, table: string): string {
  const safe = table.replaceAll(/[^a-z0-9-]/gu, (sign) => {
    if (sign === '@') return '.'
    return [...new TextEncoder().encode(sign)].map((byte) => `_${byte.toString(16).padStart(2, '0')}`).join('')
  })
  return `${prefix}${safe}`
}

/** The id of the document of a row: its key, or a hash of one that is too long. */
export function documentId(key: string): string {
  const isFit = new TextEncoder().encode(key).length <= LONGEST_ID && !key.startsWith(HASHED)
  return isFit ? key : HASHED + createHash('sha256').update(key).digest('hex')
}
