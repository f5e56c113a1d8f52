import type { Outcome } from '../outcome.ts'

const SECONDS = /^\s*\d+(?:\.\d+)?\s*$/
const MS_PER_SECOND = 1_000

/** What clients of HTTP put on their errors: not to be relied on, any of it. */
interface Carrier {
  readonly retryAfterMs?: unknown
  readonly headers?: Headers
  readonly response?: { readonly headers?: Headers } | null
}

type Headers = { readonly get?: unknown; readonly 'retry-after'?: unknown } | null

/** Milliseconds of a `Retry-After` header that says seconds; undefined for others. */
export function retryAfterSeconds(header: string): number | undefined {
  return SECONDS.test(header) ? Number(header) * MS_PER_SECOND : undefined
}

/**
 * How long the other side asked us to wait: by its refusal, `error.retryAfterMs`, or the seconds of a `retry-after` header on the
 * error or its response. A date there is not read: that takes a wall clock, and an error made with `parseRetryAfter`.
 */
export function askedToWait(outcome: Outcome<unknown>): number | undefined {
  if (outcome.kind === 'refused') return outcome.retryAfterMs
  if (!('error' in outcome)) return undefined
  const { retryAfterMs, headers, response }: Carrier = Object(outcome.error)
  if (typeof retryAfterMs === 'number' && retryAfterMs >= 0) return retryAfterMs
  return retryAfterSeconds(String(headerOf(headers) ?? headerOf(response?.headers)))
}

function headerOf(headers: Headers | undefined): unknown {
  return typeof headers?.get === 'function' ? headers.get('retry-after') : headers?.['retry-after']
}
