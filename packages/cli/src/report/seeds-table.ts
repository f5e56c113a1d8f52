import type { RunRecord } from 'watertight/simulation'
import { type Html, html } from './html.ts'

/** What became of each seed. */
export function seedsSection(records: readonly RunRecord[]): Html {
  const contained = records.filter(({ verdict }) => verdict.contained).length
  return html`<h2 id="seeds">Seeds</h2><p>${contained} of ${records.length} seeds were contained.</p><div class="scroll"><table><thead><tr><th class="n">seed</th><th></th><th>broken</th><th>trace</th></tr></thead><tbody>${records.map(
    ({ seed, verdict, traceHash }) =>
      html`<tr><td class="n">${seed}</td><td class="${verdict.contained ? 'good' : 'bad'}">${verdict.contained ? '✓ contained' : '✗ not contained'}</td><td>${verdict.conditions
        .filter(({ held }) => !held)
        .map(({ name, seen }) => `${name}: ${seen}`)
        .join('; ')}</td><td>${traceHash}</td></tr>`,
  )}</tbody></table></div>`
}
