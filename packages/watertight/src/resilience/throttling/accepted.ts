import { isWatertightError } from '../../runtime/error.ts'
import { definitelyNotExecuted } from '../fallback/not-executed.ts'
import type { Outcome } from '../outcome.ts'

/**
 * Whether the backend took the call on; undefined when the outcome says nothing about that. `decide` answers for calls that
 * ended with an error; when it throws, its error is reported and the default holds.
 */
export function acceptedBy(
  outcome: Outcome<unknown>,
  decide: ((error: unknown) => boolean) | undefined,
  report: (error: unknown) => void,
): boolean | undefined {
  switch (outcome.kind) {
    case 'success':
      return true
    case 'refused':
      return undefined
    case 'cancelled':
      return outcome.cause === 'timeout' || outcome.cause === 'deadline' ? false : undefined
    case 'ignored':
    case 'overloaded':
    case 'failure':
      break
  }
  const { kind, error } = outcome
  if (decide !== undefined) {
    try {
      return decide(error)
    } catch (thrown) {
      report(thrown)
    }
  }
  return kind === 'ignored' || (kind === 'failure' && wasAnswered(error))
}

function wasAnswered(error: unknown): boolean {
  const late = isWatertightError(error, 'TIMED_OUT') || isWatertightError(error, 'DEADLINE_EXCEEDED')
  return !late && !definitelyNotExecuted(error)
}
