import { isWatertightError } from '../../runtime/error.ts'

/** Codes of refusals: the call was not let through. */
const REFUSED: ReadonlySet<string> = new Set([
  'CIRCUIT_OPEN',
  'BULKHEAD_FULL',
  'DISCARDED',
  'RATE_LIMITED',
  'THROTTLED',
  'TOO_MANY_KEYS',
  'OVERLOADED',
  'NO_PROVIDER',
])

/** Codes of the system that say that no connection was made, so nothing can have been sent. */
const UNCONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/**
 * Whether an error proves that the call was not executed: a refusal of a pipeline, a connection that was never made, or
 * `error.executed` is false; also as the cause of another error (as `fetch` throws it). A lost connection or a time limit proves nothing.
 */
export function definitelyNotExecuted(error: unknown): boolean {
  for (let one = error, depth = 0; depth < 5; depth++) {
    if (typeof one !== 'object' || one === null) return false
    if ('executed' in one && one.executed === false) return true
    const code = 'code' in one ? one.code : undefined
    if (typeof code === 'string' && (UNCONNECTED.has(code) || (isWatertightError(one) && REFUSED.has(code))))
      return true
    one = 'cause' in one ? one.cause : undefined
  }
  return false
}
