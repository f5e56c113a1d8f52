import { WatertightError } from '../../runtime/error.ts'
import { invalidOption } from '../../runtime/option.ts'
import type { JsonObject, JsonValue } from './json-value.ts'

/**
 * The options with another value at one place: `'payments.retry.attempts'`, list entries by their number. What is beside the
 * path is shared, nothing is changed in place.
 *
 * A path that neither `options` nor one of `known` has is refused: a misspelt path would otherwise vary nothing.
 *
 * @example
 * withOption({ retry: { attempts: 3 } }, 'retry.attempts', 5) // { retry: { attempts: 5 } }
 *
 * @throws WatertightError `INVALID_OPTION` naming the options there are.
 */
export function withOption(
  options: JsonObject,
  path: string,
  value: JsonValue,
  known: readonly JsonObject[] = [],
): JsonObject {
  requirePath(path, [options, ...known])
  return replaced(options, path.split('.'), value) as JsonObject
}

/** What stands at a path; undefined where nothing does. */
export function optionAt(options: JsonValue, path: string): JsonValue | undefined {
  let at: JsonValue | undefined = options
  for (const key of path.split('.')) at = entry(at, key)
  return at
}

/**
 * The options with those of `changes` laid over them, objects key by key, everything else as a whole: what the JSON file of a
 * comparison says.
 *
 * @throws WatertightError `INVALID_OPTION` when `changes` has an option that neither `options` nor one of `known` has.
 */
export function withOptions(options: JsonObject, changes: JsonObject, known: readonly JsonObject[] = []): JsonObject {
  for (const path of leaves(changes, '')) requirePath(path, [options, ...known])
  return laidOver(options, changes) as JsonObject
}

/** The places where two options differ, with the value of the second; undefined: it has none there. */
export function changedOptions(a: JsonValue, b: JsonValue, at = ''): ReadonlyMap<string, JsonValue | undefined> {
  const changed = new Map<string, JsonValue | undefined>()
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const path = at === '' ? key : `${at}.${key}`
      const [before, after] = [a[key], b[key]]
      if (before === undefined || after === undefined) {
        if (before !== after) changed.set(path, after)
      } else for (const [deeper, value] of changedOptions(before, after, path)) changed.set(deeper, value)
    }
  } else if (JSON.stringify(a) !== JSON.stringify(b)) changed.set(at, b)
  return changed
}

/** Options as plain data. @throws WatertightError `INVALID_OPTION` when they hold what JSON cannot say, or are no object. */
export function plainOptions(options: object, at = 'options'): JsonObject {
  const plain = plainValue(options, at)
  if (isObject(plain)) return plain
  throw invalidOption(at, options, 'an object of plain data')
}

function plainValue(value: unknown, at: string): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value
    throw invalidOption(at, value, 'a finite number: options are plain data, which JSON can say')
  }
  if (Array.isArray(value)) return value.map((one: unknown, index) => plainValue(one, `${at}.${index}`))
  if (typeof value === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)) {
    const plain: Record<string, JsonValue> = {}
    for (const [key, inside] of Object.entries(value)) {
      if (inside !== undefined) plain[key] = plainValue(inside, `${at}.${key}`)
    }
    return plain
  }
  throw invalidOption(at, value, 'plain data: numbers, texts, booleans, null, lists and objects of these')
}

function replaced(options: JsonValue | undefined, [key, ...rest]: readonly string[], value: JsonValue): JsonValue {
  if (key === undefined) return value
  const inside = replaced(entry(options, key), rest, value)
  if (isList(options)) return options.with(Number(key), inside)
  return { ...(isObject(options) ? options : {}), [key]: inside }
}

function laidOver(options: JsonValue | undefined, changes: JsonValue): JsonValue {
  if (!isObject(options) || !isObject(changes)) return changes
  const merged: Record<string, JsonValue | undefined> = { ...options }
  for (const [key, value] of Object.entries(changes)) {
    if (value !== undefined) merged[key] = laidOver(options[key], value)
  }
  return merged
}

function leaves(value: JsonValue, at: string): readonly string[] {
  if (!isObject(value)) return at === '' ? [] : [at]
  return Object.entries(value).flatMap(([key, inside]) =>
    inside === undefined ? [] : leaves(inside, at === '' ? key : `${at}.${key}`),
  )
}

function requirePath(path: string, shapes: readonly JsonValue[]): void {
  if (shapes.some((shape) => optionAt(shape, path) !== undefined)) return
  const keys = path.split('.')
  const depth = keys.findIndex((_, index) => {
    const prefix = keys.slice(0, index + 1).join('.')
    return shapes.every((shape) => optionAt(shape, prefix) === undefined)
  })
  const parent = keys.slice(0, depth).join('.')
  const there = new Set(
    shapes.flatMap((shape) => {
      const inside = parent === '' ? shape : optionAt(shape, parent)
      return typeof inside === 'object' && inside !== null ? Object.keys(inside) : []
    }),
  )
  const owner = parent === '' ? 'the scenario' : parent
  throw new WatertightError(
    'INVALID_OPTION',
    `${path}: ${owner} has no ${keys[depth]}; ${there.size === 0 ? 'nothing is inside it' : `it has ${[...there].join(', ')}`}`,
  )
}

function entry(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (isList(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value)
}
