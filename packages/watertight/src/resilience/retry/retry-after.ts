import type { Outcome } from '../outcome.ts'
import { parseHttpDate } from './http-date.ts'

const SECONDS = /^\s*\d+(?:\.\d+)?\s*$/
const MS_PER_SECOND = 1_000

/**
 * Milliseconds of a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date in any of HTTP's three forms, which is
 * compared with `wallTime`. Undefined when it says nothing that can be understood.
 *
 * @example
 * parseRetryAfter('120', runtime.wallTime()) // 120_000
 */
export function parseRetryAfter(header: string, wallTime: number): number | undefined {
  if (SECONDS.test(header)) return Number(header) * MS_PER_SECOND
  const date = parseHttpDate(header, wallTime)
  return date === undefined ? undefined : Math.max(0, date - wallTime)
}

/** How long the other side asked us to wait: by its refusal, `error.retryAfterMs`, or a `retry-after` header on the error. */
export function askedToWait(outcome: Outcome<unknown>, wallTime: () => number): number | undefined {
  if (outcome.kind === 'refused') return outcome.retryAfterMs
  if (outcome.kind === 'success' || outcome.kind === 'cancelled') return undefined
  const { error } = outcome
  if (typeof error !== 'object' || error === null) return undefined
  if ('retryAfterMs' in error && typeof error.retryAfterMs === 'number' && error.retryAfterMs >= 0)
    return error.retryAfterMs
  const header = headerOf(error) ?? ('response' in error ? headerOf(error.response) : undefined)
  return header === undefined ? undefined : parseRetryAfter(header, wallTime())
}

function headerOf(carrier: unknown): string | undefined {
  if (typeof carrier !== 'object' || carrier === null || !('headers' in carrier)) return undefined
  const { headers } = carrier
  if (typeof headers !== 'object' || headers === null) return undefined
  const get = 'get' in headers ? headers.get : undefined
  const value: unknown =
    typeof get === 'function' ? get.call(headers, 'retry-after') : (headers as Record<string, unknown>)['retry-after']
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
