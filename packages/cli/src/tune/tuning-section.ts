import type { Tuning } from 'watertight/simulation'
import { figure } from '../figures.ts'
import { type Html, html } from '../report/html.ts'
import { optionText, tuningSentence } from './tuning-text.ts'

const MOST_TRIALS = 25

/** What a search tried and found, for a page. */
export function tuningSection(tuning: Tuning): Html {
  const { changes, tried, runs } = tuning
  return html`<h2 id="tuning">Tuning</h2><p>Found: ${tuningSentence(tuning)}</p><div class="scroll"><table><thead><tr><th>option</th><th>before</th><th>after</th></tr></thead><tbody>${changes.map(
    ({ path, from, to }) =>
      html`<tr><th scope="row">${path}</th><td>${optionText(from)}</td><td>${optionText(to)}</td></tr>`,
  )}</tbody></table></div>
<details><summary>${tried.length} sets of options in ${runs} runs, the best first</summary><div class="scroll"><table><thead><tr><th class="n">score</th><th class="n">seeds</th><th>changes</th><th>left the race</th></tr></thead><tbody>${tried
    .slice(0, MOST_TRIALS)
    .map(
      ({ score, seeds, changes: changed, dropped }) =>
        html`<tr><td class="n">${figure(score)}</td><td class="n">${seeds}</td><td>${Object.entries(changed)
          .map(([path, value]) => `${path}=${optionText(value)}`)
          .join(' ')}</td><td>${dropped ?? ''}</td></tr>`,
    )}</tbody></table></div></details>`
}
