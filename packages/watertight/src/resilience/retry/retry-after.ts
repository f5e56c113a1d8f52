import { parseHttpDate } from '../../runtime/http-date.ts'
import type { Outcome } from '../outcome.ts'

const SECONDS = /^\d+(?:\.\d+)?$/
const MS_PER_SECOND = 1_000

/** What clients of HTTP put on their errors: not to be relied on, any of it. */
interface Carrier {
  readonly retryAfterMs?: unknown
  readonly headers?: Headers
  readonly response?: { readonly headers?: Headers } | null
}

type Headers = { readonly get?: unknown; readonly 'retry-after'?: unknown } | null

/**
 * Milliseconds of a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date in any of HTTP's three forms, which is
 * compared with `wallTime`. Undefined when it says nothing that can be understood.
 *
 * @example
 * parseRetryAfter('120', runtime.wallTime()) // 120_000
 */
export function parseRetryAfter(header: string, wallTime: number): number | undefined {
  const text = header.trim()
  if (SECONDS.test(text)) return Number(text) * MS_PER_SECOND
  const date = parseHttpDate(text, wallTime)
  return date === undefined ? undefined : Math.max(0, date - wallTime)
}

/** How long the other side asked us to wait: by its refusal, `error.retryAfterMs`, or a `retry-after` header on the error. */
export function askedToWait(outcome: Outcome<unknown>, wallTime: () => number): number | undefined {
  if (outcome.kind === 'refused') return outcome.retryAfterMs
  if (!('error' in outcome)) return undefined
  const { retryAfterMs, headers, response }: Carrier = Object(outcome.error)
  if (typeof retryAfterMs === 'number' && retryAfterMs >= 0) return retryAfterMs
  const header = headerOf(headers) ?? headerOf(response?.headers)
  return header === undefined ? undefined : parseRetryAfter(header, wallTime())
}

function headerOf(headers: Headers | undefined): string | undefined {
  const value: unknown = typeof headers?.get === 'function' ? headers.get('retry-after') : headers?.['retry-after']
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
