import type { RouteTotals, RunRecord, Verdict } from 'watertight/simulation'
import { figure, instant, share, time } from '../figures.ts'
import { headline } from './headline.ts'
import { type Html, html } from './html.ts'
import type { BandRow, PlotGroup } from './page-data.ts'

/** The verdict on top: one sentence, and what run it was. */
export function verdictSection(record: RunRecord): Html {
  const { contained } = record.verdict
  return html`<header><span class="badge ${contained ? 'good' : 'bad'}">${contained ? '✓ CONTAINED' : '✗ NOT CONTAINED'}</span>
<h1>${headline(record)}</h1>
<p class="quiet">Scenario ${record.scenario}, ${record.configuration}, seed ${record.seed}: ${instant(record.untilMs)} of virtual time, ${figure(record.eventCount)} events, trace ${record.traceHash}.</p></header>`
}

/** What the verdict rests on, condition by condition. */
export function reasonsTable({ conditions }: Verdict): Html {
  return html`<div class="scroll"><table><thead><tr><th></th><th>condition</th><th class="n">seen</th><th>right is</th><th>why</th></tr></thead><tbody>${conditions.map(
    ({ held, name, seen, limit, why }) =>
      html`<tr><td class="${held ? 'good' : 'bad'}">${held ? '✓ held' : '✗ broken'}</td><th scope="row">${name}</th><td class="n">${seen}</td><td>${limit}</td><td>${why}</td></tr>`,
  )}</tbody></table></div>`
}

/** How each route fared, by phase. */
export function routesTable(records: readonly RunRecord[]): Html {
  return html`<div class="scroll"><table><thead><tr><th>run</th><th>route</th><th>phase</th><th class="n">offered</th><th class="n">answered well</th><th class="n">p50</th><th class="n">p99</th><th class="n">p99.9</th><th class="n">tries</th></tr></thead><tbody>${records.flatMap(
    (record) =>
      Object.entries(record.routes).flatMap(([name, route]) => [
        routeRow(record.configuration, name, 'whole run', route.totals),
        ...Object.entries(route.byPhase).map(([phase, totals]) => routeRow(record.configuration, name, phase, totals)),
      ]),
  )}</tbody></table></div>`
}

/** What was done to the system, and what broke by itself, with the numbers that the plots show. */
export function faultsTable(records: readonly RunRecord[]): Html | undefined {
  const rows = records.flatMap((record) => faultRows(record))
  if (rows.length === 0) return undefined
  return html`<h2 id="faults">Faults and crashes</h2><div class="scroll"><table><thead><tr><th>run</th><th>mark</th><th class="n">at</th><th>what</th><th>target</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

/** The places where the script draws, each with its title and what to see in it. */
export function plotFigures(groups: readonly PlotGroup[], records: readonly RunRecord[]): readonly Html[] {
  let plot = 0
  return groups.map(
    ({ title, plots, quiet }) =>
      html`<h2 id="${anchor(title)}">${title}</h2>${plots.map((shown) => {
        const index = plot++
        return html`<figure><figcaption><h3>${shown.title}${shown.unit === '' ? '' : ` (${shown.unit})`}</h3><p>${shown.note}</p></figcaption><div class="panels">${shown.panels.map(
          ({ lines, rows, run }) => {
            const name = records[run]?.configuration ?? ''
            return html`<div><h4>${name}</h4>${
              lines.length + rows.length === 0
                ? html`<p class="nothing">nothing of the kind</p>`
                : html`<div class="chart" role="img" aria-label="${shown.title}, ${title}, ${name}" data-plot="${index}" data-panel="${run}"></div>`
            }${rows.map(transitions)}</div>`
          },
        )}</div></figure>`
      })}${quiet.length === 0 ? undefined : html`<p class="quiet">Nothing to draw: ${quiet.join('; ').toLowerCase()}.</p>`}`,
  )
}

/** Links to the parts of the page. */
export function navigation(groups: readonly PlotGroup[]): Html {
  return html`<nav>${groups.map(({ title }) => html`<a href="#${anchor(title)}">${title}</a> `)}</nav>`
}

function anchor(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}

function routeRow(run: string, route: string, when: string, totals: RouteTotals): Html {
  const { offered, succeeded, attempts, firstTries } = totals
  return html`<tr><td>${run}</td><th scope="row">${route}</th><td>${when}</td><td class="n">${figure(offered)}</td><td class="n">${share(succeeded / offered)}</td><td class="n">${time(totals.p50Ms)}</td><td class="n">${time(totals.p99Ms)}</td><td class="n">${time(totals.p999Ms)}</td><td class="n">${firstTries === 0 ? '–' : (attempts / firstTries).toFixed(2)}</td></tr>`
}

const MOST_CRASHES = 5
const MOST_TRANSITIONS = 8

/** The same as the bands, in words: the shortest of them have no room for a name. */
function transitions({ label, bands }: BandRow): Html {
  const told = bands.slice(0, MOST_TRANSITIONS).map(({ state, fromS }) => `${state} from ${figure(fromS)} s`)
  const more = bands.length > MOST_TRANSITIONS ? ` and ${bands.length - MOST_TRANSITIONS} more` : ''
  return html`<p class="quiet">${label}: ${told.join(', ')}${more}</p>`
}

function faultRows(record: RunRecord): readonly Html[] {
  const faults = record.faults
    .toSorted((one, other) => one.atMs - other.atMs)
    .map(({ atMs, untilMs, what, target }, index) =>
      row(
        record,
        `▼${index + 1}`,
        untilMs === undefined ? instant(atMs) : `${instant(atMs)} to ${instant(untilMs)}`,
        what,
        target,
      ),
    )
  const crashes = Object.entries(record.services)
    .flatMap(([target, service]) => service.crashes.map((crash) => ({ ...crash, target })))
    .toSorted((one, other) => one.atMs - other.atMs)
  return [
    ...faults,
    ...crashes
      .slice(0, MOST_CRASHES)
      .map(({ atMs, instance, cause, target }) =>
        row(record, 'crash', instant(atMs), `instance ${instance}: ${cause}`, target),
      ),
    ...(crashes.length > MOST_CRASHES
      ? [row(record, 'crash', '', `and ${crashes.length - MOST_CRASHES} more crashes`, '')]
      : []),
    ...record.broken.map(({ atMs, what }) => row(record, 'broken', instant(atMs), what, '')),
  ]
}

function row(record: RunRecord, mark: string, at: string, what: string, target: string): Html {
  return html`<tr><td>${record.configuration}</td><td>${mark}</td><td class="n">${at}</td><td>${what}</td><td>${target}</td></tr>`
}
