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
  return ensured(option, value, Number.isSafeInteger(value) && value > 0, 'a positive whole number')
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is a whole number from `min` to `max`, both included. */
export function requireInteger(
  option: string,
  value: number,
  min: number = Number.MIN_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  const isRight = Number.isSafeInteger(value) && value >= min && value <= max
  return ensured(option, value, isRight, `a whole number${between(min, max)}`)
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is a number from `min` to `max`, both included. */
export function requireBetween(option: string, value: number, min: number, max: number): number {
  const isRight = typeof value === 'number' && value >= min && value <= max
  return ensured(option, value, isRight, `a number${between(min, max)}`)
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is a finite number above 0. */
export function requirePositive(option: string, value: number): number {
  return ensured(option, value, Number.isFinite(value) && value > 0, 'a finite number above 0')
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is one of `allowed`. */
export function requireOneOf<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  return ensured(option, value, allowed.includes(value), `one of ${allowed.map(show).join(', ')}`)
}

/** @throws WatertightError `INVALID_OPTION` unless `value` is a string that is not empty. */
export function requireText(option: string, value: string): string {
  return ensured(option, value, typeof value === 'string' && value !== '', 'a string that is not empty')
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
  const some = known.join(', ')
  // Plain JavaScript hands over anything: without this line a number would be taken for options that say nothing.
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption(`what ${owner} is given`, options, `an object${some && ` with some of ${some}`}`)
  }
  const unknown = Object.keys(options).find((option) => !known.includes(option))
  if (unknown !== undefined) {
    throw new WatertightError('INVALID_OPTION', `${owner} has no option ${unknown}: it takes ${some || 'none'}`)
  }
}

function ensured<Value>(option: string, value: Value, isRight: boolean, what: string): Value {
  if (isRight) return value
  throw invalidOption(option, value, what)
}

function between(min: number, max: number): string {
  if (max < Number.MAX_SAFE_INTEGER) return ` from ${min} to ${max}`
  return min > Number.MIN_SAFE_INTEGER ? ` of at least ${min}` : ''
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}
