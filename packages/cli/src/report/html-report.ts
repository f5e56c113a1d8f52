import { createHash } from 'node:crypto'
import type { RunRecord } from 'watertight/simulation'
import { Html, html, jsonForScript } from './html.ts'
import { type PageData, type PlotGroup, pageRun } from './page-data.ts'
import { faultsTable, navigation, plotFigures, reasonsTable, routesTable, verdictSection } from './page-sections.ts'
import { pageScript, plotStyle } from './page-script.ts'
import { plotGroups } from './plots.ts'
import { stepsPerPoint } from './series.ts'
import { STYLE_SHEET } from './style.ts'
import { timeTable } from './time-table.ts'

/** By this a file is known to be a report of ours, that a newer one may replace. */
export const GENERATOR = 'watertight rehearse'

const SECOND = 1_000

/** What a page tells beside its runs; made of the results of searches and comparisons. */
export interface ReportContent {
  /** The run that the page is about, then those it is compared with. */
  readonly runs: readonly [RunRecord, ...RunRecord[]]
  /** Further parts, between the verdict and the plots. */
  readonly findings: readonly Html[]
}

/**
 * One HTML file with everything in it: it asks for nothing from a network, and a content security policy inside it says so.
 *
 * @example
 * writeFileSync('report.html', htmlReport({ runs: [record], findings: [] }))
 */
export function htmlReport({ runs, findings }: ReportContent): string {
  const [first, ...others] = runs
  const groups = plotGroups(runs)
  const script = pageScript()
  const style = `${plotStyle()}\n${STYLE_SHEET}`
  const policy = `default-src 'none'; script-src '${digest(script)}'; style-src '${digest(style)}'; base-uri 'none'; form-action 'none'`
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="${GENERATOR}">
<meta http-equiv="Content-Security-Policy" content="${new Html(policy)}">
<title>${first.verdict.contained ? 'Contained' : 'Not contained'}: ${first.scenario}, seed ${first.seed}</title>
<style>${new Html(style)}</style></head><body><main>
${verdictSection(first)}
${reasonsTable(first.verdict)}
${others.map((other) => html`<details><summary>${other.configuration}: ${other.verdict.contained ? 'contained' : 'not contained'}</summary>${reasonsTable(other.verdict)}</details>`)}
${routesTable(runs)}
${findings}
${faultsTable(runs)}
<noscript><h2>Over time</h2><p>The plots are drawn by a script, which does not run here. The same in figures:</p>${runs.map(timeTable)}</noscript>
<h2>Over time</h2><p class="quiet">Drag over a plot to zoom all of them, double-click to see all again. ▼ marks a fault of the list above, ✕ a crash.</p>
${navigation(groups)}
${plotFigures(groups, runs)}
<h2>Options</h2>${runs.map(({ configuration, options }) => html`<details><summary>${configuration}</summary><pre>${JSON.stringify(options, null, 2)}</pre></details>`)}
<footer>Made by watertight; the same seed and options give the same run. Plots: uPlot 1.6.32, MIT licence, © Leon Sorokin.</footer>
</main><script type="application/json" id="report-data">${jsonForScript(pageData(runs, groups))}</script><script>${new Html(script)}</script></body></html>
`.text
}

function pageData(runs: ReportContent['runs'], groups: readonly PlotGroup[]): PageData {
  const [{ untilMs, stepMs }] = runs
  const width = stepsPerPoint(untilMs / stepMs)
  return {
    stepS: (stepMs * width) / SECOND,
    points: Math.ceil(untilMs / stepMs / width),
    untilS: untilMs / SECOND,
    runs: runs.map(pageRun),
    plots: groups.flatMap(({ plots }) => plots),
  }
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
