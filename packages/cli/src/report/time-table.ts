import type { RunRecord } from 'watertight/simulation'
import { figure, instant, time } from '../figures.ts'
import { type Html, html } from './html.ts'

const ROWS = 20
const SECOND = 1_000

/** What the plots of a run show of its routes, in a table of some twenty rows: for those whose browser runs no script. */
export function timeTable(record: RunRecord): Html {
  const steps = Math.max(1, Math.ceil(record.untilMs / record.stepMs / ROWS))
  const rows = Array.from({ length: Math.ceil(record.untilMs / record.stepMs / steps) }, (_, row) => row * steps)
  const routes = Object.entries(record.routes)
  return html`<div class="scroll"><table><caption>${record.configuration}</caption><thead><tr><th class="n">from</th>${routes.map(
    ([name]) => html`<th class="n">${name} offered /s</th><th class="n">answered /s</th><th class="n">worst p99</th>`,
  )}</tr></thead><tbody>${rows.map(
    (from) =>
      html`<tr><td class="n">${instant(from * record.stepMs)}</td>${routes.map(([, route]) => {
        const seconds = (Math.min(steps, record.untilMs / record.stepMs - from) * record.stepMs) / SECOND
        const sum = (counts: readonly number[]): number =>
          counts.slice(from, from + steps).reduce((total, count) => total + count, 0)
        const slowest = route.p99Ms
          .slice(from, from + steps)
          .reduce<number | null>((most, ms) => (ms === null ? most : Math.max(most ?? 0, ms)), null)
        return html`<td class="n">${figure(sum(route.offered) / seconds)}</td><td class="n">${figure(sum(route.succeeded) / seconds)}</td><td class="n">${time(slowest)}</td>`
      })}</tr>`,
  )}</tbody></table></div>`
}
