/** `Sun, 06 Nov 1994 08:49:37 GMT`, and `Sunday, 06-Nov-94 08:49:37 GMT` of RFC 850. 60 is a leap second. */
const DAY_FIRST =
  /^[A-Z][a-z]{2,8}, (?<day>\d\d)[ -](?<month>[A-Z][a-z]{2})[ -](?<year>\d\d(?:\d\d)?) (?<time>\d\d:\d\d):(?<second>[0-5]\d|60) GMT$/
/** `Sun Nov  6 08:49:37 1994`: of C's asctime. */
const MONTH_FIRST =
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d):(?<second>[0-5]\d|60) (?<year>\d{4})$/

const MS_PER_SECOND = 1_000
const MEAN_YEAR_MS = 365.2425 * 86_400_000
const CENTURY = 100
/** A two-digit year further ahead than this is one of the past. */
const YEARS_AHEAD = 50

/**
 * Epoch milliseconds of a date as HTTP sends it, in any of its three forms (RFC 9110, 5.6.7); undefined for anything else.
 * `wallTime` tells the century of a year that has two digits only.
 *
 * @example
 * parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT', runtime.wallTime()) // 784_111_777_000
 */
export function parseHttpDate(text: string, wallTime: number): number | undefined {
  const found = (DAY_FIRST.exec(text) ?? MONTH_FIRST.exec(text))?.groups
  if (found === undefined) return undefined
  const { day, month, year = '', time, second } = found
  const at = (fullYear: number): number =>
    Date.parse(`${day} ${month} ${fullYear} ${time} GMT`) + Number(second) * MS_PER_SECOND
  let fullYear = Number(year)
  if (year.length === 2) {
    const thisYear = 1_970 + wallTime / MEAN_YEAR_MS
    fullYear += (Math.floor(thisYear / CENTURY) + 1) * CENTURY
    while (at(fullYear) > wallTime + YEARS_AHEAD * MEAN_YEAR_MS) fullYear -= CENTURY
  }
  const instant = at(fullYear)
  return Number.isNaN(instant) ? undefined : instant
}
