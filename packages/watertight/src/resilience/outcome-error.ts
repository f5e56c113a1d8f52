import { WatertightError } from '../runtime/error.ts'
import type { Cause } from '../runtime/cancellation.ts'
import type { Cancelled, Outcome, Refusal, Success } from './outcome.ts'
import { moveMark } from './retry/given-up.ts'

/** What a cancellation by this cause is called; by others, the call was given up on by whoever made it. */
const CODES: Partial<Readonly<Record<Cause, string>>> = {
  timeout: 'TIMED_OUT',
  deadline: 'DEADLINE_EXCEEDED',
  shutdown: 'SHUTTING_DOWN',
}

/**
 * The error that `run` throws for an outcome that is no success: the original one where there is one, else a
 * {@link WatertightError} without a stack, whose message says its code in words. `source` names the pipeline.
 */
export function errorOf(outcome: Exclude<Outcome<unknown>, Success<unknown>>, source: string): unknown {
  if (outcome.kind === 'refused') return refusalError(outcome, source)
  return outcome.kind === 'cancelled' ? cancellationError(outcome, source) : outcome.error
}

function refusalError(refusal: Refusal, source: string): WatertightError {
  const { code, detail, retryAfterMs } = refusal
  const why = detail === undefined ? '' : ` (${detail})`
  const later = retryAfterMs === undefined ? '' : `; try again in ${Math.ceil(retryAfterMs)} ms`
  const error = WatertightError.withoutStack(code, `${source}: ${inWords(code)}${why}${later}`, {
    retryable: code !== 'CANCELLED' && code !== 'DEADLINE_EXCEEDED',
    retryAfterMs,
    source: refusal.by,
  })
  moveMark(refusal, error)
  return error
}

function cancellationError({ cause, reason }: Cancelled, source: string): WatertightError {
  const code = CODES[cause] ?? 'CANCELLED'
  const retryable = cause === 'timeout'
  return WatertightError.withoutStack(code, `${source}: ${inWords(code)}`, { source, retryable, cause: reason })
}

/** `CIRCUIT_OPEN`: circuit open. */
function inWords(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ')
}
