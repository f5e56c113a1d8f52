import { invalidOption } from './option.ts'

/**
 * A length of time: milliseconds as a number, or a number with its unit.
 *
 * @example
 * const timeouts: Duration[] = [250, '250ms', '1.5s', '5m', '24h', '7d']
 */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h` | `${number}d`

/** What {@link toMilliseconds} accepts beside finite durations of 0 or more. */
export interface DurationBounds {
  /** Accept the number `Infinity`: "never". Default: false. */
  readonly infinite?: boolean
  /** Refuse 0. Default: false. */
  readonly positive?: boolean
}

const PATTERN = /^(\d+(?:\.\d+)?)(?:e([+-]?\d+))?(ms|s|m|h|d)$/

/** Milliseconds in a unit, as `factor * 10 ** shift`: shifting the decimal point in the text keeps '1.005s' exact. */
const UNITS: Readonly<Record<string, readonly [factor: number, shift: number]>> = {
  ms: [1, 0],
  s: [1, 3],
  m: [6, 4],
  h: [36, 5],
  d: [864, 5],
}

/**
 * Milliseconds of a {@link Duration}, fractions included. `option` is the name that an error message gives.
 *
 * @example
 * toMilliseconds('openFor', '1.5s') // 1500
 *
 * @throws WatertightError `INVALID_OPTION` for NaN, a negative, a text that is no duration, or what `bounds` excludes.
 */
export function toMilliseconds(option: string, value: Duration, bounds?: DurationBounds): number {
  const milliseconds = typeof value === 'number' ? value : parse(value)
  const finite = Number.isFinite(milliseconds) || (bounds?.infinite === true && value === Infinity)
  const longEnough = bounds?.positive === true ? milliseconds > 0 : milliseconds >= 0
  if (finite && longEnough) return milliseconds
  throw invalidOption(option, value, right(bounds))
}

function parse(text: string): number {
  const [, digits, exponent = 0, unit = ''] = PATTERN.exec(text) ?? []
  const [factor, shift] = UNITS[unit] ?? [Number.NaN, 0]
  return Number(`${digits}e${Number(exponent) + shift}`) * factor
}

function right(bounds: DurationBounds | undefined): string {
  const least = bounds?.positive === true ? 'above 0' : 'of 0 or more'
  const most = bounds?.infinite === true ? ', or Infinity' : ''
  return `a duration ${least}: milliseconds, or a text such as '250ms', '1.5s', '5m', '24h', '7d'${most}`
}
