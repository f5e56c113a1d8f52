import { isWatertightError } from '../../runtime/error.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { asked } from '../asked.ts'
import { definitelyNotExecuted } from '../fallback/not-executed.ts'
import type { Outcome } from '../outcome.ts'

/**
 * Whether the backend took the call on; undefined when the outcome says nothing about that. `decide` answers for calls that
 * ended with an error; when it throws, its error is reported and the default holds.
 */
export function acceptedBy(
  outcome: Outcome<unknown>,
  decide: ((error: unknown) => boolean) | undefined,
  runtime: Pick<Runtime, 'report'>,
): boolean | undefined {
  if (outcome.kind === 'success') return true
  if (outcome.kind === 'refused') return undefined
  if (outcome.kind === 'cancelled')
    return outcome.cause === 'timeout' || outcome.cause === 'deadline' ? false : undefined
  const { kind, error } = outcome
  const byDefault = kind === 'ignored' || (kind === 'failure' && wasAnswered(error))
  return decide === undefined ? byDefault : asked(runtime, () => decide(error), byDefault)
}

function wasAnswered(error: unknown): boolean {
  const late = isWatertightError(error, 'TIMED_OUT') || isWatertightError(error, 'DEADLINE_EXCEEDED')
  return !late && !definitelyNotExecuted(error)
}
