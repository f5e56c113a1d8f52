import { rehearse, type Scenario, type Tuning } from 'watertight/simulation'
import type { NamedOptions } from '../rehearse/configuration.ts'
import { htmlReport } from '../report/html-report.ts'
import { tuningSection } from './tuning-section.ts'

/** What a search found as one HTML page: the day after and before the change, side by side, and all that was tried. */
export async function tuningReport(scenario: Scenario, before: NamedOptions, tuning: Tuning): Promise<string> {
  const after = await rehearse(scenario, { options: tuning.options, configuration: 'tuned', control: false })
  const others = tuning.better
    ? [await rehearse(scenario, { options: before.options, configuration: before.name, control: false })]
    : []
  return htmlReport({ runs: [after, ...others], findings: [tuningSection(tuning)] })
}
