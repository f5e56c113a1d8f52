import type { RunRecord } from 'watertight/simulation'
import { conditionCount } from '../condition-count.ts'

/** The verdict of a run in one sentence. */
export function headline({ scenario, configuration, verdict }: RunRecord): string {
  const told = conditionCount(verdict)
  if (verdict.contained) return `${scenario} (${configuration}) stayed contained: ${told}.`
  const first = verdict.conditions.find(({ held }) => !held)
  const why = first === undefined ? '' : `, first ${first.name}: ${first.seen} (${first.limit})`
  return `${scenario} (${configuration}) was not contained: ${told}${why}.`
}
