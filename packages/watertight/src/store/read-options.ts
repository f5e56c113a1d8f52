import { requireInteger, requirePositive, requirePositiveInteger } from '../runtime/option.ts'
import { requireName } from './invalid-commit.ts'

const DEFAULT_MAX = 1_000

/** @throws WatertightError `INVALID_OPTION` */
export function requireMax(max: number | undefined): number {
  return max === undefined ? DEFAULT_MAX : requirePositiveInteger('max', max)
}

/**
 * A version or position to read from.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function requirePlace(option: string, place: number): number {
  return requireInteger(option, place, 0)
}

/** @throws WatertightError `INVALID_OPTION` */
export function requireTtl(ttlMs: number): number {
  return requirePositive('ttlMs', ttlMs)
}

/**
 * A name to filter by must be one that could have been stored: a database would take an altered one for another.
 *
 * @throws WatertightError `INVALID_COMMIT`
 */
export function requireFilter(part: string, name: string | undefined): string | undefined {
  return name === undefined ? undefined : requireName(part, name)
}
