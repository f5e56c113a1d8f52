import { WatertightError } from '../../runtime/error.ts'
import { definitelyNotExecuted } from '../fallback/not-executed.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { HttpSettings } from './http-options.ts'

const TOO_EARLY = 425
const TOO_MANY_REQUESTS = 429

/** An answer that is a failure; `classify` goes by its `status`. Code `HTTP_STATUS`. */
export class HttpStatusError extends WatertightError {
  readonly status: number
  /** False where the status says that the request was refused before anything was done: 425 and 429. */
  readonly executed: false | undefined

  constructor(status: number, source: string, retryable: boolean, retryAfterMs: number | undefined) {
    super('HTTP_STATUS', `${source} answered ${status}`, { source, retryable, retryAfterMs })
    this.status = status
    this.executed = status === TOO_EARLY || status === TOO_MANY_REQUESTS ? false : undefined
  }
}

/** The error of an answer with this status; undefined: it is no failure. */
export function statusError(
  status: number,
  retryAfter: string | undefined,
  source: string,
  repeatable: boolean,
  { failureStatuses, retryStatuses, runtime }: HttpSettings,
): HttpStatusError | undefined {
  if (!failureStatuses.has(status)) return undefined
  const retryAfterMs = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, runtime.wallTime())
  return new HttpStatusError(status, source, repeatable && retryStatuses.has(status), retryAfterMs)
}

/**
 * What a client's error says of the request: `CONNECTION_FAILED` when no connection was made, so that it has definitely not
 * been executed; else `CONNECTION_LOST`: nobody knows. The client's error is the cause.
 */
export function connectionError(error: unknown, source: string, repeatable: boolean): WatertightError {
  const options = { source, retryable: repeatable, cause: error }
  return definitelyNotExecuted(error)
    ? new WatertightError('CONNECTION_FAILED', `${source}: no connection (${detail(error)})`, options)
    : new WatertightError('CONNECTION_LOST', `${source}: no answer (${detail(error)})`, options)
}

/** A further try was asked for, but the body of the request is gone. */
export function bodyGone(source: string): WatertightError {
  const message = `${source}: the body of the request is a stream, which can be sent only once`
  return new WatertightError('BODY_NOT_REPLAYABLE', message, { source })
}

/** The answer that stands for a failed call: its own error, or one of several that a hedge collected. */
export function statusErrorsIn(error: unknown): readonly HttpStatusError[] {
  const found: HttpStatusError[] = []
  const open: unknown[] = [error]
  for (let seen = 0; open.length > 0 && seen < 100; seen++) {
    const one = open.pop()
    if (one instanceof HttpStatusError) found.push(one)
    else {
      const { cause, errors }: { cause?: unknown; errors?: unknown } = Object(one)
      if (cause !== undefined) open.push(cause)
      if (Array.isArray(errors)) open.push(...(errors as unknown[]))
    }
  }
  return found
}

function detail(error: unknown): string {
  for (let one = error, depth = 0; depth < 5; depth++) {
    const { code, cause }: { code?: unknown; cause?: unknown } = Object(one)
    if (typeof code === 'string') return code
    one = cause
  }
  return error instanceof Error ? error.message : String(error)
}
