const IMF_FIXDATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY_S = 86_400

/**
 * Epoch milliseconds of a date as HTTP sends it (RFC 9110, 5.6.7: IMF-fixdate); undefined for anything else.
 *
 * @example
 * parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT') // 784_111_777_000
 */
export function parseHttpDate(text: string): number | undefined {
  const [, day, name, year, hours, minutes, seconds] = IMF_FIXDATE.exec(text.trim()) ?? []
  const month = MONTHS.indexOf(name ?? '')
  if (month < 0) return undefined
  const days = daysSinceEpoch(Number(year), month + 1, Number(day))
  return (days * DAY_S + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000
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
