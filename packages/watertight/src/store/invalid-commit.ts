import { WatertightError } from '../runtime/error.ts'

/** The longest name of a stream, row, key, timer, lease, consumer or append, in UTF-16 code units. */
export const MAX_NAME_LENGTH = 1_024

/** Makes the error for a commit that no store could take: a defect of the caller. */
export function invalidCommit(part: string, right: string, value: unknown): WatertightError {
  return new WatertightError('INVALID_COMMIT', `${part} must be ${right}, not ${shown(value)}.`)
}

/**
 * Lets a name through that every database keeps exactly. A lone surrogate would be altered on its way to UTF-8, and NUL is
 * refused by PostgreSQL: both could make two names one.
 *
 * @throws WatertightError `INVALID_COMMIT`
 */
export function requireName(part: string, value: unknown): string {
  if (
    typeof value !== 'string' ||
    value.length === 0 ||
    value.length > MAX_NAME_LENGTH ||
    value.includes('\0') ||
    !value.isWellFormed()
  ) {
    throw invalidCommit(part, `a string of 1 to ${MAX_NAME_LENGTH} characters without NUL and lone surrogates`, value)
  }
  return value
}

/** @throws WatertightError `INVALID_COMMIT` */
export function requireCount(part: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalidCommit(part, 'a whole number of 0 or more', value)
  }
  return value
}

function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  }
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'an array' : 'an object') : String(value)
}
