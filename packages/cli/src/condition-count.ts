import type { Verdict } from 'watertight/simulation'

/** How many conditions of a verdict held, as the end of a sentence. */
export function conditionCount({ conditions }: Verdict): string {
  const all = conditions.length
  const broken = conditions.filter(({ held }) => !held).length
  if (all === 0) return 'nothing was expected'
  if (all === 1) return broken === 0 ? 'its one condition held' : 'its one condition broken'
  return broken === 0 ? `all ${all} conditions held` : `${broken} of ${all} conditions broken`
}
