import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { WatertightError } from '../../runtime/error.ts'
import { invalidOption, refuseUnknown, requireOneOf, requirePositive } from '../../runtime/option.ts'
import type { Arrivals, Spacing } from './arrivals.ts'
import { ProfiledArrivals } from './profiled-arrivals.ts'
import { RateProfile, type RatePoint } from './rate-profile.ts'

const MS_PER_S = 1_000
const HEADER = 'offset_s,requests'

/** How a recorded load is played. */
export interface ReplayOptions {
  /** How long each count stands for, in the recording. Default: `'1s'`. */
  readonly step?: Duration
  /** So many requests for each recorded one. Default: 1. */
  readonly scale?: number
  /** So many times faster: an hour becomes a minute at 60, and the rate rises as much. Default: 1. */
  readonly speed?: number
  /**
   * `'even'`: exactly as many as recorded in each step, at equal distances. `'poisson'`: as many as recorded in the mean.
   * Default: `'even'`.
   */
  readonly spacing?: Spacing
}

const KNOWN = ['step', 'scale', 'speed', 'spacing'] as const

/**
 * Plays a recorded load: the number of requests in each step of time. After the last step nothing comes.
 *
 * @example
 * replay([12, 9, 31, 27], { step: '1m', speed: 60 })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function replay(counts: readonly number[], options: ReplayOptions = {}): Arrivals {
  refuseUnknown('replay', options, KNOWN)
  const usable = Array.isArray(counts) && counts.length > 0 && counts.every((count) => count >= 0 && count < Infinity)
  if (!usable) throw invalidOption('counts', counts, 'a list of numbers of 0 or more that is not empty')
  const stepMs = toMilliseconds('step', options.step ?? '1s', { positive: true })
  const speed = requirePositive('speed', options.speed ?? 1)
  const factor = (requirePositive('scale', options.scale ?? 1) * speed * MS_PER_S) / stepMs
  const points: RatePoint[] = counts.flatMap((count, index) => [
    { atMs: (index * stepMs) / speed, rate: count * factor },
    { atMs: ((index + 1) * stepMs) / speed, rate: count * factor },
  ])
  points.push({ atMs: (counts.length * stepMs) / speed, rate: 0 })
  const spacing = requireOneOf('spacing', options.spacing ?? 'even', ['poisson', 'even'])
  return new ProfiledArrivals(new RateProfile(points), spacing)
}

/**
 * Plays a recorded load from a table `offset_s,requests`: a row counts the requests from its offset to that of the next row,
 * and all rows are the same time apart.
 *
 * @example
 * replayCsv(await readFile('rate-nasa-1995-07-13-1s.csv', 'utf8'), { scale: 50, speed: 24 })
 *
 * @throws WatertightError `INVALID_OPTION` naming the line that is wrong.
 */
export function replayCsv(csv: string, options: Omit<ReplayOptions, 'step'> = {}): Arrivals {
  refuseUnknown('replayCsv', options, ['scale', 'speed', 'spacing'])
  const [header, ...lines] = csv.trimEnd().split(/\r?\n/)
  if (header !== HEADER) throw invalidOption('the first line of csv', header, `'${HEADER}'`)
  const rows = lines.map((line, index) => row(line, index + 2))
  const step = (rows[1]?.[0] ?? 1) - (rows[0]?.[0] ?? 0)
  for (const [index, [offset]] of rows.entries()) {
    if (offset === index * step) continue
    throw unreadable(index + 2, `offset ${index * step}: rows begin at 0, and are all the same time apart`)
  }
  return replay(
    rows.map(([, requests]) => requests),
    { ...options, step: step * MS_PER_S },
  )
}

function row(line: string, number: number): readonly [offset: number, requests: number] {
  const match = /^(\d+(?:\.\d+)?),(\d+)$/.exec(line)
  if (match === null) throw unreadable(number, 'two numbers of 0 or more, the second one whole')
  return [Number(match[1]), Number(match[2])]
}

function unreadable(line: number, right: string): WatertightError {
  return new WatertightError('INVALID_OPTION', `line ${line} of csv must have ${right}`)
}
