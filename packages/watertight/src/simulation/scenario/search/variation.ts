import { type Duration, toMilliseconds } from '../../../runtime/duration.ts'
import { WatertightError } from '../../../runtime/error.ts'
import { invalidOption, requireText } from '../../../runtime/option.ts'
import type { JsonValue } from '../json-value.ts'

/** One option that a search or a sweep varies, and the values it may take. */
export type Variation = Choices | Range

/** A list of values, in an order that means something: neighbours are tried first. */
export interface Choices {
  readonly path: string
  readonly choices: readonly JsonValue[]
}

/** All numbers, or durations in milliseconds, between two. */
export interface Range {
  readonly path: string
  readonly from: number
  readonly to: number
  /** `duration`: values are written as `'250ms'`. */
  readonly of: 'integer' | 'real' | 'duration'
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const DURATION = /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/
/** A range that reaches this many times as far as it begins is walked by factors, not by steps. */
const WIDE = 10
const DIGITS = 3

/**
 * Reads what a user writes: a range of whole numbers `retry.attempts=0..5`, of fractions `retry.budget=0.01..0.5`, of durations
 * `timeout=50ms..2s`; or a list `queue=0,10,100`, `throttle=off,1.5,2`, whose entries are numbers, `true`, `false`, `null` or
 * texts.
 *
 * @example
 * readVariation('bulkhead.queue=0..400') // { path: 'bulkhead.queue', from: 0, to: 400, of: 'integer' }
 *
 * @throws WatertightError `INVALID_OPTION` naming what is wrong.
 */
export function readVariation(text: string): Variation {
  const equals = text.indexOf('=')
  if (equals < 1 || equals === text.length - 1) {
    throw invalidOption('vary', text, "PATH=FROM..TO or PATH=A,B,C, such as 'retry.attempts=0..5'")
  }
  const path = text.slice(0, equals)
  const values = text.slice(equals + 1)
  const bounds = values.split('..')
  if (bounds.length === 2) return readRange(path, bounds[0] as string, bounds[1] as string)
  return requireVariation({ path, choices: values.split(',').map(readValue) })
}

/** @throws WatertightError `INVALID_OPTION` */
export function requireVariation(given: Variation): Variation {
  requireText('vary.path', given.path)
  if ('choices' in given) {
    if (given.choices.length === 0) throw invalidOption(`vary ${given.path}`, given.choices, 'a list with some value')
    return given
  }
  const { path, from, to, of } = given
  const whole = of !== 'integer' || (Number.isSafeInteger(from) && Number.isSafeInteger(to))
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to && whole)) {
    throw invalidOption(`vary ${path}`, `${from}..${to}`, 'a range that begins below its end, such as 0..5')
  }
  return given
}

/** At most `count` values, spread evenly: all of a list, and both ends of a range. */
export function valuesOf(variation: Variation, count: number): readonly JsonValue[] {
  if ('choices' in variation) return variation.choices
  const inside = variation.of === 'integer' ? Math.min(count, variation.to - variation.from + 1) : count
  const values = Array.from({ length: inside }, (_, index) =>
    valueAt(variation, inside === 1 ? 0.5 : index / (inside - 1)),
  )
  return [...new Set(values)]
}

/** The value at a share of 0 to 1 of the way. */
export function valueAt(variation: Variation, share: number): JsonValue {
  if ('choices' in variation) {
    const { choices } = variation
    return choices[Math.min(choices.length - 1, Math.floor(share * choices.length))] as JsonValue
  }
  const { from, to, of } = variation
  const wide = from > 0 && to / from >= WIDE
  const exact = wide ? from * (to / from) ** share : from + (to - from) * share
  if (of === 'integer') return Math.round(exact)
  const short = Math.min(to, Math.max(from, Number(exact.toPrecision(DIGITS))))
  return of === 'duration' ? `${short}ms` : short
}

/** How far along its way a value stands, 0 to 1; undefined where it is none of the variation's. */
export function shareOf(variation: Variation, value: JsonValue | undefined): number | undefined {
  if (value === undefined) return undefined
  if ('choices' in variation) {
    const { choices } = variation
    const index = choices.findIndex((one) => JSON.stringify(one) === JSON.stringify(value))
    return index < 0 ? undefined : (index + 0.5) / choices.length
  }
  const { from, to, of } = variation
  const number = of === 'duration' ? milliseconds(value) : value
  if (typeof number !== 'number' || !(number >= from && number <= to)) return undefined
  return from > 0 && to / from >= WIDE ? Math.log(number / from) / Math.log(to / from) : (number - from) / (to - from)
}

/** The values beside `value`: the entries before and after it of a list, a `step` (share of the way) up and down a range. */
export function neighboursOf(variation: Variation, value: JsonValue | undefined, step: number): readonly JsonValue[] {
  const share = shareOf(variation, value)
  if (share === undefined) return valuesOf(variation, DIGITS)
  const least =
    'choices' in variation
      ? 1 / variation.choices.length
      : variation.of === 'integer'
        ? 1 / (variation.to - variation.from)
        : 0
  const by = 'choices' in variation ? least : Math.max(step, least)
  const beside = [share - by, share + by].filter((one) => one > -by / 2 && one < 1 + by / 2)
  const text = JSON.stringify(value)
  return [...new Set(beside.map((one) => valueAt(variation, Math.min(1, Math.max(0, one)))))].filter(
    (one) => JSON.stringify(one) !== text,
  )
}

function readRange(path: string, from: string, to: string): Variation {
  if (NUMBER.test(from) && NUMBER.test(to)) {
    const of = Number.isSafeInteger(Number(from)) && Number.isSafeInteger(Number(to)) ? 'integer' : 'real'
    // 1.0..2 asks for fractions: the point is written on purpose.
    const fraction = from.includes('.') || to.includes('.')
    return requireVariation({ path, from: Number(from), to: Number(to), of: fraction ? 'real' : of })
  }
  if (DURATION.test(from) && DURATION.test(to)) {
    const bounds = { from: milliseconds(from) as number, to: milliseconds(to) as number }
    return requireVariation({ path, ...bounds, of: 'duration' })
  }
  throw new WatertightError(
    'INVALID_OPTION',
    `vary ${path}: ${from}..${to} must be two numbers or two durations, such as 0..5 or 50ms..2s`,
  )
}

function readValue(text: string): JsonValue {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  return NUMBER.test(text) ? Number(text) : text
}

function milliseconds(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && DURATION.test(value) ? toMilliseconds('vary', value as Duration) : undefined
}
