import type { Condition, RunRecord, Verdict } from '../run-record.ts'
import type { Evidence, Expectation } from './expectation.ts'

/**
 * Judges a run by its expectations, and by what holds for every run: no invariant was broken, and each fault that the scenario
 * wants to have seen was seen.
 */
export function verdictOf(run: Evidence, expectations: readonly Expectation[]): Verdict {
  const conditions = [...expectations.flatMap((one) => one.judge(run)), ...always(run)]
  return { contained: conditions.every(({ held }) => held), conditions }
}

/** The verdict with one condition more: that the control failed by the same measure. */
export function withControl(verdict: Verdict, control: RunRecord): Verdict {
  const failed = control.verdict.conditions.filter(({ held }) => !held)
  const held = failed.length > 0
  const condition: Condition = {
    name: `${control.configuration} fails`,
    held,
    seen: held ? `${failed.length} of ${control.verdict.conditions.length} conditions failed` : 'contained as well',
    limit: 'at least 1 failed',
    why: held
      ? `without the protection: ${failed.map(({ name, seen }) => `${name} ${seen}`).join('; ')}`
      : 'the protection proves nothing where the unprotected system holds out too',
  }
  return { contained: verdict.contained && held, conditions: [...verdict.conditions, condition] }
}

function always({ broken, sometimes }: Evidence): readonly Condition[] {
  const conditions: Condition[] = []
  const [first] = broken
  if (first !== undefined) {
    conditions.push({
      name: 'invariants',
      held: false,
      seen: `${broken.length} broken`,
      limit: 'none',
      why: `at ${first.atMs} ms: ${first.what}`,
      margin: -1,
    })
  }
  for (const [name, times] of Object.entries(sometimes)) {
    conditions.push({
      name: `sometimes: ${name}`,
      held: times > 0,
      seen: `${times} times`,
      limit: 'at least once',
      why: times > 0 ? 'it happened, and the run lived with it' : 'it never happened: the run proves nothing about it',
    })
  }
  return conditions
}
