import type { FastifyReply } from 'fastify'
import { isWatertightError, type WatertightError } from 'watertight'
import { refuse } from '../http/refusal.ts'

const TOO_MANY_REQUESTS = 429
const SERVICE_UNAVAILABLE = 503
const GATEWAY_TIMEOUT = 504
/** When nobody says how long to wait. */
const RETRY_AFTER_MS = 1000

/** What a person is told, per cause of not getting an answer. */
const MESSAGES = {
  unavailable: 'This part of the shop is temporarily unavailable. Please try again in a moment.',
  limit: 'Too many people want this at once: the limit is exceeded. Please try again in a moment.',
  timedOut:
    'This took too long, and we stopped waiting. Please try again: with the same idempotency key nothing is done twice.',
  unknown:
    'We do not know whether this was done. Please repeat it: with the same idempotency key nothing is done twice.',
} as const

const CAUSES: Readonly<Record<string, keyof typeof MESSAGES>> = {
  CIRCUIT_OPEN: 'unavailable',
  CONNECTION_REFUSED: 'unavailable',
  UPSTREAM_FAILED: 'unavailable',
  UPSTREAM_REFUSED: 'unavailable',
  RETRY_BUDGET_EXHAUSTED: 'unavailable',
  BULKHEAD_FULL: 'limit',
  OVERLOADED: 'limit',
  RATE_LIMITED: 'limit',
  TIMED_OUT: 'timedOut',
  DEADLINE_EXCEEDED: 'timedOut',
}

/**
 * Tells a person that a service behind the gateway did not answer, and why, and when to come back. Throws any other error on.
 *
 * 503 and 429 promise that nothing was done; where that is not sure it is 504.
 */
export function refuseOutage(reply: FastifyReply, error: unknown, known: 'not-executed' | 'unknown'): FastifyReply {
  if (!isWatertightError(error)) throw error
  const busy = upstreamStatus(error) === TOO_MANY_REQUESTS
  const cause = busy ? 'limit' : (CAUSES[error.code] ?? 'unknown')
  const sure = busy ? TOO_MANY_REQUESTS : SERVICE_UNAVAILABLE
  return refuse(
    reply,
    known === 'not-executed' ? sure : GATEWAY_TIMEOUT,
    error.code,
    MESSAGES[known === 'unknown' && cause !== 'timedOut' ? 'unknown' : cause],
    error.retryAfterMs ?? RETRY_AFTER_MS,
  )
}

function upstreamStatus({ cause }: WatertightError): number | undefined {
  return typeof cause === 'object' && cause !== null && 'status' in cause && typeof cause.status === 'number'
    ? cause.status
    : undefined
}
