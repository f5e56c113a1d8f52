import { parseHttpDate } from '../../runtime/http-date.ts'
import { retryAfterSeconds } from '../retry/asked-to-wait.ts'

/**
 * Milliseconds of a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date in any of HTTP's three forms, which is
 * compared with `wallTime`. Undefined when it says nothing that can be understood.
 *
 * @example
 * parseRetryAfter('120', runtime.wallTime()) // 120_000
 */
export function parseRetryAfter(header: string, wallTime: number): number | undefined {
  const date = parseHttpDate(header.trim(), wallTime)
  return date === undefined ? retryAfterSeconds(header) : Math.max(0, date - wallTime)
}
