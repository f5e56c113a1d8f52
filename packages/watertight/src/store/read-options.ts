import { WatertightError } from '../runtime/error.ts'
import { requirePositiveInteger } from '../runtime/option.ts'

const DEFAULT_MAX = 1_000

/** @throws WatertightError `INVALID_OPTION` */
export function requireMax(max: number | undefined): number {
  return max === undefined ? DEFAULT_MAX : requirePositiveInteger('max', max)
}

/** @throws WatertightError `INVALID_OPTION` */
export function requireTtl(ttlMs: number): number {
  if (Number.isFinite(ttlMs) && ttlMs > 0) return ttlMs
  throw new WatertightError('INVALID_OPTION', `ttlMs must be a positive number of milliseconds, not ${String(ttlMs)}.`)
}
