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
  const { kind } = outcome
  if (kind === 'refused') return undefined
  if (kind === 'cancelled') return outcome.cause === 'timeout' || outcome.cause === 'deadline' ? true : undefined
  if (kind === 'success') return handleResult !== undefined && asks(handleResult, outcome.value, false, report)
  // What says nothing by default says something only if asked.
  const byDefault = kind !== 'ignored'
  const counts = handle === undefined ? byDefault : asks(handle, outcome.error, byDefault, report)
  return counts ? true : undefined
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
