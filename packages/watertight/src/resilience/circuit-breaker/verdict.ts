import type { Outcome } from '../outcome.ts'
import type { BreakerSettings } from './breaker-options.ts'

/**
 * Whether an outcome is a failure of the dependency; undefined when it says nothing about it. A time limit that passed counts,
 * also an outer one, or a dependency that hangs would never open its circuit; a caller's abort, the loser of a race and the
 * refusals of other policies do not.
 */
export function failedBy(
  { handle, handleResult }: BreakerSettings,
  outcome: Outcome<unknown>,
  report: (error: unknown) => void,
): boolean | undefined {
  switch (outcome.kind) {
    case 'success':
      return handleResult !== undefined && asks(handleResult, outcome.value, false, report)
    case 'failure':
    case 'overloaded':
      return handle === undefined || asks(handle, outcome.error, true, report) ? true : undefined
    case 'ignored':
      return handle !== undefined && asks(handle, outcome.error, false, report) ? true : undefined
    case 'cancelled':
      return outcome.cause === 'timeout' || outcome.cause === 'deadline' ? true : undefined
    case 'refused':
      return undefined
  }
}

/** A predicate that throws is reported, and the default holds. */
function asks(
  predicate: (subject: unknown) => boolean,
  subject: unknown,
  otherwise: boolean,
  report: (error: unknown) => void,
): boolean {
  try {
    return predicate(subject)
  } catch (error) {
    report(error)
    return otherwise
  }
}
