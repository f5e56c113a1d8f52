/** `Sun, 06 Nov 1994 08:49:37 GMT`: what is sent today. */
const IMF_FIXDATE =
  /^[A-Z][a-z]{2}, (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/
/** `Sunday, 06-Nov-94 08:49:37 GMT`: of RFC 850. */
const RFC_850 = /^[A-Z][a-z]{5,8}, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/
/** `Sun Nov  6 08:49:37 1994`: of C's asctime. */
const ASCTIME = /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/

const FORMS = [IMF_FIXDATE, RFC_850, ASCTIME]
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY_S = 86_400
const MS = 1_000
const LONGEST_MONTH = 31
const CENTURY = 100
/** A two-digit year further ahead than this is one of the past. */
const YEARS_AHEAD = 50
const MEAN_YEAR_MS = 365.2425 * DAY_S * MS

/**
 * Epoch milliseconds of a date as HTTP sends it, in any of its three forms (RFC 9110, 5.6.7); undefined for anything else.
 * `wallTime` tells the century of a year that has two digits only.
 *
 * @example
 * parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT', runtime.wallTime()) // 784_111_777_000
 */
export function parseHttpDate(text: string, wallTime: number): number | undefined {
  const trimmed = text.trim()
  for (const form of FORMS) {
    const found = form.exec(trimmed)?.groups
    if (found !== undefined) return instantOf(found, form === RFC_850, wallTime)
  }
  return undefined
}

function instantOf(
  { day, month, year, time }: Readonly<Record<string, string>>,
  short: boolean,
  wallTime: number,
): number | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = (time ?? '').split(':').map(Number)
  const monthOfYear = MONTHS.indexOf(month ?? '') + 1
  const dayOfMonth = Number(day)
  // 60 is a leap second.
  if (monthOfYear === 0 || dayOfMonth < 1 || dayOfMonth > LONGEST_MONTH || hours > 23 || minutes > 59 || seconds > 60) {
    return undefined
  }
  const at = (fullYear: number): number =>
    (daysSinceEpoch(fullYear, monthOfYear, dayOfMonth) * DAY_S + hours * 3_600 + minutes * 60 + seconds) * MS
  if (!short) return at(Number(year))
  const latest = wallTime + YEARS_AHEAD * MEAN_YEAR_MS
  const thisYear = Math.floor(1_970 + wallTime / MEAN_YEAR_MS)
  let fullYear = Math.floor(thisYear / CENTURY) * CENTURY + CENTURY + Number(year)
  while (at(fullYear) > latest) fullYear -= CENTURY
  return at(fullYear)
}

/** H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`: the year begins in March. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
