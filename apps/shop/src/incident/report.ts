import { isWrong } from '../audit/audit.ts'
import { ROUTES } from '../load/route.ts'
import type { Difference } from './difference.ts'
import type { IncidentRecord } from './record.ts'

type Paint = (style: 'bold' | 'green' | 'red' | 'yellow' | 'dim', text: string) => string

const PHASES = ['before', 'spike', 'after'] as const
const COLUMN = 22
const FIRST_COLUMN = 10
const MOST_FINDINGS = 10
const MOST_CAUSES = 6
const UNHURT = 0.999

/** The report of one run for a terminal: the verdict first, then what it rests on. */
export function report(record: IncidentRecord, paint: Paint): string {
  return [
    headline(record, paint),
    ...record.reasons.map((reason) => `  - ${reason}`),
    '',
    ...table(record),
    '',
    `orders    ${record.offered} offered, ${record.accepted} accepted: ${record.completed} completed, ${record.compensated} undone, ${record.parked} wait for a person, ${record.unfinished} unfinished`,
    `lost      ${lossLine(record)}`,
    `spread    ${spreadLine(record)}`,
    ...causesLine(record),
    `injected  ${record.injected['answerLost'] ?? 0} charges whose answer was lost, ${record.injected['lateCharged'] ?? 0} made late`,
    `load      seed ${record.seed}, orders ${record.orders.source}, late by p99 ${record.lateness.p99.toFixed(1)} ms${othersOf(record)}, schedule ${record.scheduleHash.slice(0, 12)}`,
    ...findings(record),
  ].join('\n')
}

/** Two runs side by side, and the only thing that differed. */
export function comparison(one: IncidentRecord, other: IncidentRecord, paint: Paint): string {
  const rows: readonly (readonly [string, (record: IncidentRecord) => string])[] = [
    ['verdict', ({ verdict }) => verdict],
    ...PHASES.flatMap((phase) =>
      ROUTES.map((route) => [`${phase}, ${route}`, (record: IncidentRecord) => cell(record, phase, route)] as const),
    ),
    ['orders accepted', ({ accepted, offered }) => `${accepted} of ${offered}`],
    ['completed', ({ completed }) => String(completed)],
    ['unfinished', ({ unfinished }) => String(unfinished)],
    ['lost', ({ lost }) => String(lost)],
    ['charged twice', ({ chargedTwice }) => String(chargedTwice)],
  ]
  const width = 20
  const line = (name: string, left: string, right: string): string =>
    `${name.padEnd(width)}${left.padEnd(COLUMN + 4)}${right}`
  const same = one.scheduleHash === other.scheduleHash
  return [
    paint('bold', line('', one.protection, other.protection)),
    ...rows.map(([name, of]) => line(name, of(one), of(other))),
    '',
    same
      ? `Both days had the same schedule: ${one.scheduleHash}`
      : paint('red', `The schedules differ: ${one.scheduleHash} and ${other.scheduleHash}`),
    '',
    'The only difference, in one options object (protected | unprotected):',
    ...differenceLines(one.protectionDifference),
    '',
    'An honest second control, a pool per destination without circuit breakers, hardly hurts browse in Node.',
  ].join('\n')
}

/** One line for each option that differs. */
export function differenceLines(found: readonly Difference[]): readonly string[] {
  return found.map(({ option, protected: one, unprotected: other }) => `  ${option}: ${shown(one)} | ${shown(other)}`)
}

function headline({ verdict, protection }: IncidentRecord, paint: Paint): string {
  const text = `${verdict.toUpperCase()} (${protection})`
  if (verdict === 'contained') return paint('green', `${text}: payments failed, and nothing else did.`)
  return verdict === 'not contained' ? paint('red', text) : paint('yellow', text)
}

function table(record: IncidentRecord): readonly string[] {
  const row = (first: string, cells: readonly string[]): string =>
    `${first.padEnd(FIRST_COLUMN)}${cells.map((text) => text.padEnd(COLUMN)).join('')}`.trimEnd()
  return [
    row(
      '',
      PHASES.map((phase) => phase),
    ),
    ...ROUTES.map((route) =>
      row(
        route,
        PHASES.map((phase) => cell(record, phase, route)),
      ),
    ),
    `${' '.repeat(FIRST_COLUMN)}succeeded, p50 / p99 in ms from the scheduled instant`,
  ]
}

function cell(record: IncidentRecord, phase: string, route: (typeof ROUTES)[number]): string {
  const figures = record.phases[phase]?.[route]
  if (figures === undefined || figures.offered === 0) return '-'
  return `${(figures.success * 100).toFixed(1)}%  ${ms(figures.p50)} / ${ms(figures.p99)}`
}

function lossLine({ lost, chargedTwice, chargedAfterRefusal, audit }: IncidentRecord): string {
  const wrong = audit.findings.filter(isWrong).length
  if (wrong === 0) return 'nothing; nobody was charged twice or after a refusal; stock and money add up'
  return `${lost} orders; ${chargedTwice} charged twice; ${chargedAfterRefusal} charged after a refusal; ${wrong} findings in all`
}

function spreadLine(record: IncidentRecord): string {
  const { phases } = record
  const hurt = PHASES.flatMap((phase) =>
    ROUTES.filter((route) => route !== 'order' && (phases[phase]?.[route].success ?? 1) < UNHURT).map(
      (route) => `${route} (${phase})`,
    ),
  )
  const acknowledged = `${((phases['spike']?.order.success ?? 1) * 100).toFixed(1)}% acknowledged in the spike`
  return hurt.length === 0
    ? `orders only: ${acknowledged}; browse, search and sign-in went on`
    : `from orders (${acknowledged}) to ${hurt.join(', ')}`
}

function causesLine({ refusedByCause }: IncidentRecord): readonly string[] {
  const causes = Object.entries(refusedByCause).toSorted(([, a], [, b]) => b - a)
  if (causes.length === 0) return []
  return [
    `refused   ${causes
      .slice(0, MOST_CAUSES)
      .map(([code, count]) => `${count} ${code}`)
      .join(', ')}`,
  ]
}

function othersOf({ machineUsedByOthers: share }: IncidentRecord): string {
  return share === null ? '' : `, ${(share * 100).toFixed(0)}% of the machine was others'`
}

function findings({ audit }: IncidentRecord): readonly string[] {
  const { findings: all } = audit
  if (all.length === 0) return []
  const more = all.length > MOST_FINDINGS ? [`  … and ${all.length - MOST_FINDINGS} more`] : []
  return ['', 'The audit found:', ...all.slice(0, MOST_FINDINGS).map(({ kind, text }) => `  ${kind} ${text}`), ...more]
}

function ms(value: number | null): string {
  if (value === null) return '∞'
  return value < 10 ? value.toFixed(1) : String(Math.round(value))
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value)
}
