import { type Duration, type DurationBounds, toMilliseconds } from './duration.ts'
import {
  invalidOption,
  refuseUnknown,
  requireBetween,
  requireInteger,
  requireOneOf,
  requirePositive,
  requirePositiveInteger,
} from './option.ts'

/**
 * Gives back the checked value of an option, or its default where none was given. Anything may be given: plain JavaScript
 * passes what it likes.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export type Check<Value> = (option: string, given: unknown) => Value

/** One check for each setting. A setting called `maxWaitMs` comes from the option `maxWait`. */
export type Checks<Settings> = { readonly [Setting in keyof Settings]-?: Check<Settings[Setting]> }

/**
 * What options amount to: each one checked or at its default, durations in milliseconds. Options that no check is there for are
 * refused. `within` says which option they are part of: `after` makes it `after.floor` in errors.
 *
 * @example
 * const settings = settingsOf('bulkhead', options, { concurrent: count(), queue: whole(0, 0), maxWaitMs: duration(Infinity) })
 *
 * @throws WatertightError `INVALID_OPTION` naming the option, its value and what would be right.
 */
export function settingsOf<Settings extends object>(
  owner: string,
  options: object,
  checks: Checks<Settings>,
  within?: string,
): Settings {
  const all = Object.entries<Check<unknown>>(checks).map(([setting, check]) => ({
    setting,
    option: setting.replace(/Ms$/, ''),
    check,
  }))
  const known = all.map(({ option }) => option)
  refuseUnknown(owner, options, within === undefined ? [...known, 'name'] : known)
  const given = new Map<string, unknown>(Object.entries(options))
  const prefix = within === undefined ? '' : `${within}.`
  const entries = all.map(({ setting, option, check }) => [setting, check(prefix + option, given.get(option))])
  return Object.fromEntries(entries) as Settings
}

/** 1, 2, 3 … Needed where there is no default. */
export function count(standard?: number): Check<number> {
  return (option, given = standard) => requirePositiveInteger(option, given as number)
}

/** A whole number from `min` to `max`. */
export function whole(standard: number, min: number, max?: number): Check<number> {
  return (option, given = standard) => requireInteger(option, given as number, min, max)
}

/** A number from `min` to `max`. Needed where there is no default. */
export function between(standard: number | undefined, min: number, max: number): Check<number> {
  return (option, given = standard) => requireBetween(option, given as number, min, max)
}

/** A finite number above 0. */
export function positive(standard: number): Check<number> {
  return (option, given = standard) => requirePositive(option, given as number)
}

/** A number above 0 and below 1, such as a quantile. Needed where there is no default. */
export function fraction(standard?: number): Check<number> {
  return (option, given = standard) => {
    if (typeof given === 'number' && given > 0 && given < 1) return given
    throw invalidOption(option, given, 'a number above 0 and below 1, such as 0.99')
  }
}

/** A {@link Duration}, as milliseconds. Needed where there is no default. */
export function duration(standard?: Duration, bounds?: DurationBounds): Check<number> {
  return (option, given = standard) => toMilliseconds(option, given as Duration, bounds)
}

/** A {@link Duration} above 0. */
export function span(standard?: Duration): Check<number> {
  return duration(standard, { positive: true })
}

/** A {@link Duration} above 0, or `Infinity`. */
export function limit(standard: Duration): Check<number> {
  return duration(standard, { positive: true, infinite: true })
}

/** One of a few words; the first one by default. */
export function oneOf<Word extends string>(...words: readonly [Word, ...Word[]]): Check<Word> {
  return (option, given = words[0]) => requireOneOf(option, given as Word, words)
}

/** True or false. */
export function flag(standard: boolean): Check<boolean> {
  return (option, given = standard) => {
    if (typeof given === 'boolean') return given
    throw invalidOption(option, given, 'true or false')
  }
}

/** A function, or nothing. */
export function callback<Fn>(): Check<Fn | undefined> {
  return (option, given) => {
    if (given === undefined || typeof given === 'function') return given as Fn | undefined
    throw invalidOption(option, given, 'a function')
  }
}

/** What is looked at elsewhere, if at all. */
export function anything<Value>(standard?: Value): Check<Value> {
  return (_, given = standard) => given as Value
}

/** The same check for an option that may be left out. */
export function optional<Value>(check: Check<Value>): Check<Value | undefined> {
  return (option, given) => (given === undefined ? undefined : check(option, given))
}
