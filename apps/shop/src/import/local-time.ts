const LOCAL = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?$/
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** A wall-clock time of a zone, with its offset. */
export interface ZonedTime {
  /** ISO 8601 with offset, as `2011-09-01T08:25:00+01:00`. */
  readonly text: string
  readonly epochMs: number
  /** The hour that comes twice when summer time ends; the first one was taken. */
  readonly ambiguous: boolean
}

/**
 * Reads `YYYY-MM-DD HH:MM:SS` as the wall clock of a zone. Undefined when it is no such text, no date (30 February) or an hour
 * that was left out when summer time began.
 */
export class ZonedClock {
  readonly #format: Intl.DateTimeFormat
  readonly #offsets = new Map<number, number>()

  /** @throws RangeError when the zone is unknown. */
  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
  }

  read(text: string): ZonedTime | undefined {
    const fields = LOCAL.exec(text)
    if (fields === null) return undefined
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.slice(1).map((f) => Number(f ?? 0))
    const asUtc = Date.UTC(year, month - 1, day, hour, minute, second)
    const iso = new Date(asUtc).toISOString().slice(0, 19)
    if (iso !== `${text.slice(0, 10)}T${text.slice(11).padEnd(8, ':00')}`) return undefined

    const instants = [
      ...new Set([this.#offsetMs(asUtc - 12 * HOUR_MS), this.#offsetMs(asUtc + 12 * HOUR_MS)].map((o) => asUtc - o)),
    ]
      .filter((instant) => instant + this.#offsetMs(instant) === asUtc)
      .toSorted((a, b) => a - b)
    const [epochMs] = instants
    if (epochMs === undefined) return undefined
    return { text: `${iso}${offsetText(asUtc - epochMs)}`, epochMs, ambiguous: instants.length > 1 }
  }

  /** How far the zone's clock is ahead of UTC; the same for all of an hour, in every zone with whole or half or quarter hours. */
  #offsetMs(instant: number): number {
    const quarter = Math.floor(instant / (HOUR_MS / 4)) * (HOUR_MS / 4)
    const known = this.#offsets.get(quarter)
    if (known !== undefined) return known
    const parts = Object.fromEntries(
      this.#format.formatToParts(quarter).map(({ type, value }) => [type, Number(value)]),
    )
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts
    const offset = Date.UTC(year, month - 1, day, hour, minute, second) - quarter
    this.#offsets.set(quarter, offset)
    return offset
  }
}

function offsetText(ms: number): string {
  const minutes = Math.abs(ms) / MINUTE_MS
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0')
  return `${ms < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}
