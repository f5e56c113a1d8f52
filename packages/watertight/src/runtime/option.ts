import { WatertightError } from './error.ts'

/**
 * The error for an option that is wrong: names the option, what was given and what would be right.
 *
 * @example
 * throw invalidOption('attempts', 0, 'a positive whole number') // attempts must be a positive whole number, but it is 0
 */
export function invalidOption(option: string, value: unknown, right: string): WatertightError {
  return new WatertightError('INVALID_OPTION', `${option} must be ${right}, but it is ${show(value)}`)
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is 1, 2, 3 … */
export function requirePositiveInteger(option: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw invalidOption(option, value, 'a positive whole number')
  return value
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is a whole number from `min` to `max`, both included. */
export function requireInteger(
  option: string,
  value: number,
  min: number = Number.MIN_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw invalidOption(option, value, `a whole number${between(min, max)}`)
  }
  return value
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is a number from `min` to `max`, both included. */
export function requireBetween(option: string, value: number, min: number, max: number): number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw invalidOption(option, value, `a number${between(min, max)}`)
  }
  return value
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is a finite number above 0. */
export function requirePositive(option: string, value: number): number {
  if (!Number.isFinite(value) || value <= 0) throw invalidOption(option, value, 'a finite number above 0')
  return value
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is one of `allowed`. */
export function requireOneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw invalidOption(option, value, `one of ${allowed.map(show).join(', ')}`)
  return value
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is a string that is not empty. */
export function requireText(option: string, value: string): string {
  if (typeof value !== 'string' || value === '') throw invalidOption(option, value, 'a string that is not empty')
  return value
}

/**
 * Refuses options that nobody reads: a misspelt option is otherwise a default in disguise.
 *
 * @example
 * refuseUnknown('retry', options, ['attempts', 'backoff', 'budget'])
 *
 * @throws WatertightError `INVALID_OPTION` naming the unknown option, its owner and the options there are; also when `options`
 * is no object, as in `bulkhead(10)`.
 */
export function refuseUnknown(owner: string, options: object, known: readonly string[]): void {
  // Plain JavaScript hands over anything: without this line a number would be taken for options that say nothing.
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const among = known.length === 0 ? '' : ` with some of ${known.join(', ')}`
    throw invalidOption(`what ${owner} is given`, options, `an object${among}`)
  }
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue
    const there = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`
    throw new WatertightError('INVALID_OPTION', `${owner} has no option ${option}: ${there}`)
  }
}

function between(min: number, max: number): string {
  const bounded = { below: min > Number.MIN_SAFE_INTEGER, above: max < Number.MAX_SAFE_INTEGER }
  if (bounded.below && bounded.above) return ` from ${min} to ${max}`
  if (bounded.below) return ` of at least ${min}`
  if (bounded.above) return ` of at most ${max}`
  return ''
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}
