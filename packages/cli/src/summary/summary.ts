import type { Condition, RouteSeries, RunRecord, ServiceSeries } from 'watertight/simulation'
import type { Terminal } from '../command-line/terminal.ts'
import { conditionCount } from '../condition-count.ts'
import { figure, instant, share, time } from '../figures.ts'
import { sparkline } from './sparkline.ts'

const SECOND = 1_000
const NAME_WIDTH = 12
const WHAT_WIDTH = 9
const MOST_GRAPH = 48
const LEAST_GRAPH = 10
/** What a line needs beside its graph. */
const BESIDE = 50
const MOST_FAULTS = 5
const MOST_CAUSES = 3

type Screen = Pick<Terminal, 'paint' | 'columns'>

/** One run for a terminal, to be understood in ten seconds: the verdict and its reasons, then what happened, in small graphs. */
export function summary(record: RunRecord, screen: Screen): string {
  const width = Math.max(LEAST_GRAPH, Math.min(MOST_GRAPH, screen.columns - BESIDE))
  return [
    verdictLine(record, screen),
    ...conditionLines(record.verdict.conditions, screen),
    '',
    `${' '.repeat(NAME_WIDTH + WHAT_WIDTH)}${axis(record.untilMs, width)}`,
    ...Object.entries(record.routes).flatMap(([name, route]) => routeLines(name, route, record, width)),
    ...Object.entries(record.services).flatMap(([name, service]) => serviceLines(name, service, record, width)),
    ...faultLines(record),
    ...record.broken.slice(0, MOST_FAULTS).map(({ atMs, what }) => summaryRow('broken', instant(atMs), what)),
    ...(record.control === undefined ? [] : [summaryRow('control', '', controlText(record.control))]),
    summaryRow(
      'run',
      '',
      `seed ${record.seed}, ${instant(record.untilMs)} in ${figure(record.eventCount)} events, trace ${record.traceHash}`,
    ),
  ].join('\n')
}

/** The verdict in one line. */
export function verdictLine(record: RunRecord, { paint }: Screen): string {
  const { scenario, configuration, seed, verdict } = record
  const { contained } = verdict
  const name = contained ? 'CONTAINED' : 'NOT CONTAINED'
  return paint(
    contained ? 'green' : 'red',
    `${name}  ${scenario} (${configuration}, seed ${seed}): ${conditionCount(verdict)}.`,
  )
}

function conditionLines(conditions: readonly Condition[], { paint }: Screen): readonly string[] {
  const names = Math.max(...conditions.map(({ name }) => name.length))
  const seens = Math.max(...conditions.map(({ seen }) => seen.length))
  return conditions.flatMap(({ held, name, seen, limit, why }) => {
    const line = `  ${held ? '✓' : '✗'} ${name.padEnd(names)}  ${seen.padStart(seens)}  (${limit})`
    return held ? [line] : [paint('red', line), `    ${why}`]
  })
}

function axis(untilMs: number, width: number): string {
  const end = instant(untilMs)
  return `0 s${' '.repeat(Math.max(1, width - 3 - end.length))}${end}`
}

function routeLines(name: string, route: RouteSeries, { stepMs }: RunRecord, width: number): readonly string[] {
  const perSecond = (counts: readonly number[]): readonly number[] => counts.map((count) => (count * SECOND) / stepMs)
  const [offered, good] = [perSecond(route.offered), perSecond(route.succeeded)]
  const most = greatest([...offered, ...good])
  const slowest = greatest(route.p99Ms)
  const { totals } = route
  const tries = totals.firstTries === 0 ? '' : `, ${(totals.attempts / totals.firstTries).toFixed(2)} tries`
  return [
    summaryRow(name, 'offered', `${sparkline(offered, width, most)}  up to ${figure(greatest(offered))}/s${tries}`),
    summaryRow(
      '',
      'good',
      `${sparkline(good, width, most)}  up to ${figure(greatest(good))}/s, ${share(totals.succeeded / totals.offered)}`,
    ),
    summaryRow('', 'p99', `${sparkline(route.p99Ms, width, slowest)}  up to ${time(slowest)}`),
    ...failedLine(route),
  ]
}

/** What became of requests that were not answered well, the most frequent first; nothing where all were. */
function failedLine({ refused, totals }: RouteSeries): readonly string[] {
  const causes = Object.entries(refused)
    .map(([code, series]) => ({ code, times: series.reduce((sum, count) => sum + count, 0) }))
    .concat({ code: 'unanswered', times: totals.unfinished })
    .filter(({ times }) => times > 0)
    .toSorted((one, other) => other.times - one.times)
  const shown = causes.slice(0, MOST_CAUSES).map(({ code, times }) => `${figure(times)} ${code}`)
  const more = causes.length > MOST_CAUSES ? [`${causes.length - MOST_CAUSES} more causes`] : []
  return shown.length === 0 ? [] : [summaryRow('', 'failed', [...shown, ...more].join(', '))]
}

function serviceLines(name: string, service: ServiceSeries, { untilMs }: RunRecord, width: number): readonly string[] {
  const deepest = greatest(service.queued)
  const crashes = service.crashes.map(({ atMs }) => Math.min(width - 1, Math.floor((atMs / untilMs) * width)))
  return [
    ...(deepest > 0
      ? [summaryRow(name, 'waiting', `${sparkline(service.queued, width, deepest)}  up to ${figure(deepest)}`)]
      : []),
    ...(crashes.length > 0
      ? [summaryRow(deepest > 0 ? '' : name, 'crashes', `${marks(crashes, width)}  ${crashes.length}`)]
      : []),
  ]
}

function marks(columns: readonly number[], width: number): string {
  return Array.from({ length: width }, (_, column) => (columns.includes(column) ? '✕' : '·')).join('')
}

function faultLines({ faults }: RunRecord): readonly string[] {
  const shown = faults.toSorted((one, other) => one.atMs - other.atMs).slice(0, MOST_FAULTS)
  const more = faults.length > MOST_FAULTS ? [summaryRow('', '', `and ${faults.length - MOST_FAULTS} more faults`)] : []
  return [
    ...shown.map(({ atMs, untilMs, what }, index) =>
      summaryRow(
        index === 0 ? 'faults' : '',
        instant(atMs),
        untilMs === undefined ? what : `${what}, until ${instant(untilMs)}`,
      ),
    ),
    ...more,
  ]
}

function controlText(control: RunRecord): string {
  const broken = control.verdict.conditions.filter(({ held }) => !held).map(({ name }) => name)
  return control.verdict.contained
    ? 'contained too: the protection makes no difference here'
    : `not contained on the same seed: ${broken.join(', ')}`
}

function greatest(values: readonly (number | null)[]): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
}

/** A line of the summary: whose, what of it, and the rest. A name that is too long is cut. */
export function summaryRow(name: string, what: string, text: string): string {
  const short = name.length < NAME_WIDTH ? name : `${name.slice(0, NAME_WIDTH - 2)}…`
  return `${short.padEnd(NAME_WIDTH)}${what.padEnd(WHAT_WIDTH)}${text}`.trimEnd()
}
