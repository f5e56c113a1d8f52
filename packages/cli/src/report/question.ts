import type { RunRecord } from 'watertight/simulation'
import type { BandRow } from './page-data.ts'
import type { Kind, Steps } from './series.ts'

/** Which of the page's line styles a curve has: the same meaning looks the same in every plot. */
export const STYLE = { asked: 0, good: 1, bad: 2, wait: 3, other: 4 } as const
/** Curves without a meaning of their own take these in turn. */
const TURNS = [4, 3, 5, 6, 7, 2, 1]
const SECOND = 1_000

/** One curve before it is packed for the page. */
export interface Curve {
  readonly label: string
  readonly style: number
  readonly steps: Steps
  readonly kind: Kind
  /** A curve for comparison is drawn only beside others. */
  readonly reference?: boolean
}

/** What one plot answers, whatever the number of runs. */
export interface Question {
  readonly title: string
  readonly note: string
  readonly unit: string
  readonly log?: boolean
  curves(record: RunRecord): readonly Curve[]
  rows?(record: RunRecord): readonly BandRow[]
  /** Milliseconds at which an instance of the service in question crashed. */
  crashes?(record: RunRecord): readonly number[]
}

/** Counts of steps as counts a second. */
export type PerSecond = (counts: Steps) => Steps

/** Asks about a part of a record that not every run has. */
export function about<Part>(
  part: (record: RunRecord) => Part | undefined,
): (curves: (part: Part, rate: PerSecond) => readonly Curve[]) => Question['curves'] {
  return (curves) => (record) => {
    const found = part(record)
    return found === undefined ? [] : curves(found, perSecondOf(record))
  }
}

/** A curve of a style; several steps of it become their mean, unless told otherwise. */
export function curve(label: string, style: number, steps: Steps, kind: Kind = 'mean'): Curve {
  return { label, style, steps, kind }
}

/** A curve for each code. */
export function byCause(refused: Readonly<Record<string, Steps>>, rate: PerSecond): readonly Curve[] {
  return Object.keys(refused)
    .toSorted()
    .map((code, index) => curve(code, turn(index), rate(refused[code] ?? [])))
}

/** The style of the curve with this index, among curves that have no meaning of their own. */
export function turn(index: number): number {
  return TURNS[index % TURNS.length] ?? 0
}

function perSecondOf({ stepMs }: RunRecord): PerSecond {
  return stepMs === SECOND
    ? (counts) => counts
    : (counts) => counts.map((count) => (count === null ? null : (count * SECOND) / stepMs))
}
