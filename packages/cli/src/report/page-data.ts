import type { RunRecord } from 'watertight/simulation'

/** A series with its repetitions folded: `[value, times]` stands for so many equal values in a row. */
export type Folded = readonly (number | null | readonly [number | null, number])[]

/** One curve of a plot. */
export interface Line {
  readonly label: string
  /** Which of the page's line styles: a colour together with a dash pattern. */
  readonly style: number
  readonly values: Folded
}

/** One row of coloured, hatched and named bands. */
export interface BandRow {
  readonly label: string
  readonly bands: readonly { readonly fromS: number; readonly toS: number; readonly state: string }[]
}

/** One plot of one run; the panels of a plot stand side by side, on the same scale. */
export interface Panel {
  /** Index of the run in {@link PageData.runs}. */
  readonly run: number
  readonly lines: readonly Line[]
  readonly rows: readonly BandRow[]
  /** Seconds at which an instance crashed, in the plots of its service. */
  readonly crashesS: readonly number[]
}

/** One question, answered by a panel for each run. */
export interface Plot {
  readonly title: string
  readonly note: string
  readonly unit: string
  readonly log: boolean
  /** The largest value of all panels. */
  readonly most: number
  readonly panels: readonly Panel[]
}

/** What belongs together on the page: a route, a service, a pipeline. */
export interface PlotGroup {
  readonly title: string
  readonly plots: readonly Plot[]
  /** Titles of plots that are left out, because nothing of the kind happened in any run. */
  readonly quiet: readonly string[]
}

/** A fault, a crash or a phase, as it is marked in all plots of its run. */
export interface Mark {
  readonly number: number
  readonly fromS: number
  readonly toS?: number
  readonly text: string
}

/** One run of the page. */
export interface PageRun {
  readonly name: string
  readonly marks: readonly Mark[]
  readonly phases: readonly { readonly name: string; readonly fromS: number; readonly toS: number }[]
}

/** All that the script of a report draws, as it stands in the page. */
export interface PageData {
  /** Seconds of one point. */
  readonly stepS: number
  readonly points: number
  readonly untilS: number
  readonly runs: readonly PageRun[]
  readonly plots: readonly Plot[]
}

const SECOND = 1_000

/** The runs of a page with what is marked in their plots: faults, and crashes that nobody wrote into the script. */
export function pageRun(record: RunRecord): PageRun {
  return {
    name: record.configuration,
    phases: record.phases.map(({ name, fromMs, toMs }) => ({ name, fromS: fromMs / SECOND, toS: toMs / SECOND })),
    marks: record.faults
      .toSorted((one, other) => one.atMs - other.atMs)
      .map(({ atMs, untilMs, what }, index) => ({
        number: index + 1,
        fromS: atMs / SECOND,
        ...(untilMs === undefined ? {} : { toS: untilMs / SECOND }),
        text: what,
      })),
  }
}
