import type { RunRecord } from 'watertight/simulation'

/** The verdict of a run in one sentence. */
export function headline({ scenario, configuration, verdict }: RunRecord): string {
  const broken = verdict.conditions.filter(({ held }) => !held)
  const all = verdict.conditions.length
  const [first] = broken
  if (verdict.contained || first === undefined) {
    return `${scenario} (${configuration}) stayed contained: all ${all} conditions held.`
  }
  return `${scenario} (${configuration}) was not contained: ${broken.length} of ${all} conditions broken, first ${first.name}: ${first.seen}, where ${first.limit} is right.`
}
