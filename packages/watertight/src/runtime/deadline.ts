import type { Runtime } from './runtime.ts'

/**
 * The HTTP header (and message header) in which a caller tells the time it still waits: whole milliseconds, as a number.
 * What *remains* travels, not the instant, so that clocks which disagree do no harm; the time on the wire is not deducted.
 */
export const DEADLINE_HEADER = 'x-deadline-remaining-ms'

const WHOLE_NUMBER = /^\s*(\d{1,15})\s*$/

/**
 * The deadline that a request came with, as an instant of `runtime.now()`, or undefined if it came with none. Where the header
 * was sent several times, the shortest holds. What cannot be understood is ignored: a malformed header of a stranger is no
 * reason to fail its request.
 *
 * @example
 * const deadline = readDeadline(request.headers[DEADLINE_HEADER], runtime)
 */
export function readDeadline(
  headerValue: string | readonly string[] | null | undefined,
  runtime: Pick<Runtime, 'now'>,
): number | undefined {
  let remaining = Infinity
  for (const part of String(headerValue).split(',')) {
    const digits = WHOLE_NUMBER.exec(part)?.[1]
    if (digits !== undefined) remaining = Math.min(remaining, Number(digits))
  }
  return remaining === Infinity ? undefined : runtime.now() + remaining
}

/**
 * The header value for a deadline: what remains of it, rounded down, and '0' once it has passed. Undefined, for "send no
 * header", where there is no deadline.
 *
 * @example
 * const remaining = writeDeadline(scope.deadline, runtime)
 * if (remaining !== undefined) headers[DEADLINE_HEADER] = remaining
 */
export function writeDeadline(deadline: number | undefined, runtime: Pick<Runtime, 'now'>): string | undefined {
  if (deadline === undefined || deadline === Infinity) return undefined
  return String(Math.min(999_999_999_999_999, Math.max(0, Math.floor(deadline - runtime.now()))))
}
