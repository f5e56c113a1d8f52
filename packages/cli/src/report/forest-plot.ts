import type { ComparedMetric, Comparison } from 'watertight/simulation'
import { figure } from '../figures.ts'
import { type Html, html } from './html.ts'

const ROW = 28
const NAMES = 230
const PLOT = 380
const TEXT = 300
const TOP = 46
/** Beyond this the whiskers are cut off: twice as much, or nothing left. */
const REACH = 1.1

/**
 * Two configurations, number by number: a row for each with its difference and the interval in which it truly lies, as a share of
 * the larger of the two values, so that all rows have one scale. Who is better is told by shape as well as by colour.
 */
export function comparisonSection(comparison: Comparison): Html {
  const { a, b, seeds, metrics } = comparison
  const height = TOP + metrics.length * ROW + 10
  const middle = NAMES + PLOT / 2
  return html`<h2 id="comparison">${a} against ${b}</h2><p class="quiet">The same requests, ${seeds} times over. The whiskers hold the true difference 95 times of a hundred: where they cross the middle, chance may be all there is. ● ${b} is better, ■ ${a} is better, ○ cannot be told.</p>
<div class="scroll"><svg viewBox="0 0 ${NAMES + PLOT + TEXT} ${height}" width="${NAMES + PLOT + TEXT}" height="${height}" role="img" aria-label="Differences of ${b} over ${a}, with intervals">
<text class="quiet" x="${middle}" y="14" text-anchor="middle">difference, as a share of the larger</text>
${[-1, -0.5, 0, 0.5, 1].map((at) => html`<line class="${at === 0 ? 'zero' : 'axis'}" x1="${across(at)}" x2="${across(at)}" y1="${TOP - 6}" y2="${height - 6}"/><text class="quiet" x="${across(at)}" y="${TOP - 8}" text-anchor="middle">${at > 0 ? '+' : ''}${figure(at * 100)}%</text>`)}
${metrics.map((metric, row) => forestRow(metric, TOP + row * ROW + ROW / 2))}</svg></div>`
}

function forestRow(metric: ComparedMetric, at: number): Html {
  const { name, difference, low, high, better } = metric
  const scale = Math.max(Math.abs(metric.a), Math.abs(metric.b)) || 1
  const kind = better === 'b' ? 'good' : better === 'a' ? 'bad' : 'none'
  const middle = across(difference / scale)
  const mark =
    better === 'a'
      ? html`<rect class="point bad" x="${middle - 5}" y="${at - 5}" width="10" height="10"/>`
      : html`<circle class="${kind}" cx="${middle}" cy="${at}" r="5"/>`
  return html`<text x="${NAMES - 14}" y="${at + 4}" text-anchor="end">${name}</text><line class="whisker ${kind}" x1="${across(low / scale)}" x2="${across(high / scale)}" y1="${at}" y2="${at}"/>${mark}<text class="quiet" x="${NAMES + PLOT + 14}" y="${at + 4}">${figure(metric.a)} → ${figure(metric.b)}  (${figure(low)} to ${figure(high)})</text>`
}

function across(share: number): number {
  const kept = Math.max(-REACH, Math.min(REACH, Number.isFinite(share) ? share : 0))
  return Math.round((NAMES + PLOT / 2 + (kept / REACH) * (PLOT / 2)) * 10) / 10
}
