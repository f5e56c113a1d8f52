import type { Failure } from './outcome.ts'

/** Refusals of another pipeline, or of a server, that are push-back: too much at once. */
const PUSH_BACK: ReadonlySet<string> = new Set([
  'BULKHEAD_FULL',
  'DISCARDED',
  'RATE_LIMITED',
  'THROTTLED',
  'OVERLOADED',
])

const TOO_EARLY = 425
const REQUEST_TIMEOUT = 408
const TOO_MANY_REQUESTS = 429
const SERVICE_UNAVAILABLE = 503

/**
 * What an error says of the dependency, by default:
 * - `overloaded`: `error.class` is `'overloaded'`, its `status` or `statusCode` is 429 or 503, or its `code` is
 *   `BULKHEAD_FULL`, `DISCARDED`, `RATE_LIMITED`, `THROTTLED` or `OVERLOADED`;
 * - `ignored`: its status is another 4xx but 408 and 425, or its `code` is `CANCELLED`;
 * - `failure`: everything else.
 *
 * @example
 * classify(Object.assign(new Error('busy'), { status: 503 })) // 'overloaded'
 */
export function classify(error: unknown): Failure['kind'] {
  if (typeof error !== 'object' || error === null) return 'failure'
  const { class: kind, code } = error as { class?: unknown; code?: unknown }
  if (kind === 'overloaded') return 'overloaded'
  if (typeof code === 'string' && PUSH_BACK.has(code)) return 'overloaded'
  if (code === 'CANCELLED') return 'ignored'
  const status = statusOf(error)
  if (status === undefined) return 'failure'
  if (status === TOO_MANY_REQUESTS || status === SERVICE_UNAVAILABLE) return 'overloaded'
  const refusedAsWrong = status >= 400 && status < 500 && status !== REQUEST_TIMEOUT && status !== TOO_EARLY
  return refusedAsWrong ? 'ignored' : 'failure'
}

function statusOf(error: object): number | undefined {
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown }
  if (typeof status === 'number') return status
  return typeof statusCode === 'number' ? statusCode : undefined
}
