import { WatertightError } from '../runtime/error.ts'
import type { Cancelled, Outcome, Refusal, Success } from './outcome.ts'
import { moveMark } from './retry/given-up.ts'

const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['CIRCUIT_OPEN', 'the circuit is open'],
  ['BULKHEAD_FULL', 'too many calls at once'],
  ['DISCARDED', 'dropped from the full queue'],
  ['RATE_LIMITED', 'too many calls in too short a time'],
  ['THROTTLED', 'the other side has been turning calls away'],
  ['TOO_MANY_KEYS', 'no room for another key'],
  ['OVERLOADED', 'more load than can be served'],
  ['TIMED_OUT', 'the time limit passed before the call could start'],
  ['DEADLINE_EXCEEDED', 'the deadline passed before the call could start'],
  ['CANCELLED', 'the call was cancelled before it could start'],
  ['SHUTTING_DOWN', 'shutting down'],
])

/**
 * The error that `run` throws for an outcome that is no success: the original one where there is one, else a
 * {@link WatertightError} without a stack. `source` names the pipeline.
 */
export function errorOf(outcome: Exclude<Outcome<unknown>, Success<unknown>>, source: string): unknown {
  if (outcome.kind === 'refused') return refusalError(outcome, source)
  return outcome.kind === 'cancelled' ? cancellationError(outcome, source) : outcome.error
}

function refusalError(refusal: Refusal, source: string): WatertightError {
  const what = REFUSALS.get(refusal.code) ?? refusal.code
  const detail = refusal.detail === undefined ? '' : ` (${refusal.detail})`
  const later = refusal.retryAfterMs === undefined ? '' : `; try again in ${Math.ceil(refusal.retryAfterMs)} ms`
  const error = WatertightError.withoutStack(refusal.code, `${source}: ${what}${detail}${later}`, {
    retryable: refusal.code !== 'CANCELLED' && refusal.code !== 'DEADLINE_EXCEEDED',
    retryAfterMs: refusal.retryAfterMs,
    source: refusal.by,
  })
  moveMark(refusal, error)
  return error
}

function cancellationError({ cause, reason }: Cancelled, source: string): WatertightError {
  if (cause === 'timeout') {
    return WatertightError.withoutStack('TIMED_OUT', `${source}: timed out`, { source, retryable: true })
  }
  if (cause === 'deadline')
    return WatertightError.withoutStack('DEADLINE_EXCEEDED', `${source}: the deadline passed`, { source })
  if (cause === 'shutdown')
    return WatertightError.withoutStack('SHUTTING_DOWN', `${source}: shutting down`, { source, cause: reason })
  return WatertightError.withoutStack('CANCELLED', `${source}: cancelled by its caller`, { source, cause: reason })
}
