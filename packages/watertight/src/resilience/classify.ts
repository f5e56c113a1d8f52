import type { Failure } from './outcome.ts'

/** Refusals of another pipeline, or of a server, that are push-back: too much at once. */
export const PUSH_BACK: ReadonlySet<unknown> = new Set([
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
  const { class: kind, code, status, statusCode = status }: Classified = Object(error)
  if (kind === 'overloaded' || PUSH_BACK.has(code)) return 'overloaded'
  if (code === 'CANCELLED') return 'ignored'
  const answered = typeof status === 'number' ? status : statusCode
  if (answered === TOO_MANY_REQUESTS || answered === SERVICE_UNAVAILABLE) return 'overloaded'
  const refusedAsWrong = typeof answered === 'number' && answered >= 400 && answered < 500
  return refusedAsWrong && answered !== REQUEST_TIMEOUT && answered !== TOO_EARLY ? 'ignored' : 'failure'
}

/** What an error may say of itself: not to be relied on, any of it. */
interface Classified {
  readonly class?: unknown
  readonly code?: unknown
  readonly status?: unknown
  readonly statusCode?: unknown
}
