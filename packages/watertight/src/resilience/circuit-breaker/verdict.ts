import type { Runtime } from '../../runtime/runtime.ts'
import { asked } from '../asked.ts'
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
  runtime: Pick<Runtime, 'report'>,
): boolean | undefined {
  const { kind } = outcome
  if (kind === 'refused') return undefined
  if (kind === 'cancelled') return outcome.cause === 'timeout' || outcome.cause === 'deadline' ? true : undefined
  if (kind === 'success') return handleResult !== undefined && asked(runtime, () => handleResult(outcome.value), false)
  // What says nothing by default says something only if asked.
  const byDefault = kind !== 'ignored'
  const counts = handle === undefined ? byDefault : asked(runtime, () => handle(outcome.error), byDefault)
  return counts ? true : undefined
}
