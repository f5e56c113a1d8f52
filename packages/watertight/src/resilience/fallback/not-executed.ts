import { isWatertightError } from '../../runtime/error.ts'
import { PUSH_BACK } from '../classify.ts'

/** Codes of refusals: the call was not let through. */
const REFUSED: ReadonlySet<unknown> = new Set([...PUSH_BACK, 'CIRCUIT_OPEN', 'TOO_MANY_KEYS', 'NO_PROVIDER'])

/** Codes of the system that say that no connection was made, so nothing can have been sent. */
const UNCONNECTED: ReadonlySet<unknown> = new Set([
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
    const { executed, code, cause }: { executed?: unknown; code?: unknown; cause?: unknown } = Object(one)
    if (executed === false || UNCONNECTED.has(code) || (REFUSED.has(code) && isWatertightError(one))) return true
    one = cause
  }
  return false
}
