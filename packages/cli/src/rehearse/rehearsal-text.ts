import type { Comparison, Grid, JsonValue, RunRecord, Sweep } from 'watertight/simulation'
import type { Terminal } from '../command-line/terminal.ts'
import { figure, time } from '../figures.ts'
import { summary, summaryRow, verdictLine } from '../summary/summary.ts'
import type { Rehearsal } from './rehearsal.ts'
import { shownRun } from './report-of.ts'

const MOST_BAD_SEEDS = 5
const BAR = 30

type Screen = Pick<Terminal, 'paint' | 'columns'>

/** A rehearsal for a terminal. */
export function rehearsalText(rehearsal: Rehearsal, screen: Screen): string {
  const { runs, comparison, sweep, grid } = rehearsal
  return [
    comparison === undefined
      ? summary(shownRun(rehearsal), screen)
      : [...runs.map((run) => verdictLine(run, screen)), '', comparisonText(comparison)].join('\n'),
    ...(comparison === undefined && runs.length > 1 ? [seedsText(runs)] : []),
    ...(sweep === undefined ? [] : ['', sweepText(sweep)]),
    ...(grid === undefined ? [] : ['', gridText(grid)]),
  ].join('\n')
}

function seedsText(runs: readonly RunRecord[]): string {
  const bad = runs.filter(({ verdict }) => !verdict.contained)
  const named = bad.slice(0, MOST_BAD_SEEDS).map(({ seed, verdict }) => {
    const first = verdict.conditions.find(({ held }) => !held)
    return `${seed}${first === undefined ? '' : ` (${first.name})`}`
  })
  const more = bad.length > MOST_BAD_SEEDS ? ` and ${bad.length - MOST_BAD_SEEDS} more` : ''
  const contained = runs.length - bad.length
  return summaryRow(
    'seeds',
    '',
    `${contained} of ${runs.length} contained${bad.length === 0 ? '' : `; not ${named.join(', ')}${more}`}`,
  )
}

function comparisonText({ a, b, seeds, metrics }: Comparison): string {
  const rows = metrics.map(({ name, a: before, b: after, low, high, better }) => [
    name,
    figure(before),
    figure(after),
    `${figure(low)} to ${figure(high)}`,
    better === 'none' ? '' : `better: ${better === 'a' ? a : b}`,
  ])
  return table([['', a, b, `difference (95%, ${seeds} seeds)`, ''], ...rows])
}

function sweepText({ parameter, points }: Sweep): string {
  const most = Math.max(...points.map(({ goodput }) => goodput), Number.MIN_VALUE)
  return table([
    [parameter === 'rate' ? 'load ×' : parameter, 'goodput', 'p99', 'contained', ''],
    ...points.map(({ value, goodput, p99Ms, contained, seeds }) => [
      figure(value),
      `${figure(goodput)}/s`,
      time(p99Ms),
      `${Math.round(contained * seeds)} of ${seeds}`,
      '█'.repeat(Math.round((goodput / most) * BAR)),
    ]),
  ])
}

function gridText({ x, y, cells }: Grid): string {
  const rows = y.values.map((value, row) => [
    told(value),
    ...cells.slice(row * x.values.length, (row + 1) * x.values.length).map(({ contained, seeds }) => {
      return `${contained === 1 ? '✓' : contained === 0 ? '✗' : '~'} ${Math.round(contained * seeds)}/${seeds}`
    }),
  ])
  return table([[`${y.path} \\ ${x.path}`, ...x.values.map(told)], ...rows])
}

function told(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Columns as wide as what is in them. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
