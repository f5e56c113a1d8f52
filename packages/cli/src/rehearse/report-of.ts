import type { RunRecord } from 'watertight/simulation'
import { comparisonSection } from '../report/forest-plot.ts'
import { gridSection } from '../report/heat-map.ts'
import { htmlReport } from '../report/html-report.ts'
import { seedsSection } from '../report/seeds-table.ts'
import { sweepSection } from '../report/sweep-plot.ts'
import type { Rehearsal } from './rehearsal.ts'

/** The run that a report is about: the first that was not contained, as that is the one to look at; else the first. */
export function shownRun({ runs }: Rehearsal): RunRecord {
  return runs.find(({ verdict }) => !verdict.contained) ?? runs[0]
}

/** The whole rehearsal as one HTML page. */
export function reportOf(rehearsal: Rehearsal): string {
  const { runs, comparison, sweep, grid } = rehearsal
  const shown = shownRun(rehearsal)
  return htmlReport({
    runs: comparison === undefined ? [shown, ...(shown.control === undefined ? [] : [shown.control])] : runs,
    findings: [
      ...(comparison === undefined && runs.length > 1 ? [seedsSection(runs)] : []),
      ...(comparison === undefined ? [] : [comparisonSection(comparison)]),
      ...(sweep === undefined ? [] : [sweepSection(sweep)]),
      ...(grid === undefined ? [] : [gridSection(grid)]),
    ],
  })
}
