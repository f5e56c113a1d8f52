import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { WatertightError } from '../../runtime/error.ts'
import { refuseUnknown } from '../../runtime/option.ts'

/** What a server asks of those who call it too much. */
export interface PushBack {
  /** Wait this long before trying again. */
  readonly retryAfterMs?: number | undefined
  /** Do not try again. */
  readonly doNotRetry?: boolean | undefined
}

/** How a push-back is told to the policies. */
export interface PushBackOptions {
  /** How long the server asks to wait. */
  readonly retryAfter?: Duration | undefined
  /** The server asks not to be called again for this. Default: false. */
  readonly doNotRetry?: boolean | undefined
  /** The server says that it has not executed the call: asking another one cannot do it twice. Default: false. */
  readonly notExecuted?: boolean | undefined
  /** The client's own error. */
  readonly cause?: unknown
  /** Who pushes back, for people. Default: `'the server'`. */
  readonly source?: string | undefined
}

/** A `PUSHED_BACK` error, `overloaded` by its class; `executed` is false where the server says that it has not executed the call. */
export class PushBackError extends WatertightError {
  /** What `classify` goes by. */
  readonly class: string = 'overloaded'
  /** False: definitely not executed. */
  readonly executed: false | undefined

  constructor(message: string, { retryAfterMs, doNotRetry }: PushBack, options: PushBackOptions) {
    const { cause, source } = options
    super('PUSHED_BACK', message, { retryable: doNotRetry !== true, retryAfterMs, cause, source })
    this.executed = options.notExecuted === true ? false : undefined
  }
}

/**
 * The error to throw inside a pipeline when a server pushes back, whatever its protocol: it counts as `overloaded`, so a retry
 * waits as long as the server asks, pays from its budget, or does not try again at all.
 *
 * @example
 * // gRPC (gRFC A6)
 * if (error.code === status.RESOURCE_EXHAUSTED || error.code === status.UNAVAILABLE) {
 *   const [trailer] = error.metadata.get('grpc-retry-pushback-ms')
 *   const { retryAfterMs, doNotRetry } = grpcPushBack(trailer?.toString()) ?? {}
 *   throw pushBack({ retryAfter: retryAfterMs, doNotRetry, cause: error, source: 'inventory' })
 * }
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function pushBack(options: PushBackOptions = {}): PushBackError {
  refuseUnknown('pushBack', options, ['retryAfter', 'doNotRetry', 'notExecuted', 'cause', 'source'])
  const { retryAfter, doNotRetry, source = 'the server' } = options
  const retryAfterMs = retryAfter === undefined ? undefined : toMilliseconds('retryAfter', retryAfter)
  const wish = doNotRetry === true ? 'do not try again' : retryAfterMs === undefined ? 'later' : `in ${retryAfterMs} ms`
  return new PushBackError(`${source} has too much to do: ${wish}`, { retryAfterMs, doNotRetry }, options)
}

/** What an error says of trying again: of {@link pushBack}, of `fetchWith`, of a refusal. Undefined: nothing. */
export function pushBackOf(error: unknown): PushBack | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { retryAfterMs, retryable } = error as { retryAfterMs?: unknown; retryable?: unknown }
  const asked = typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? retryAfterMs : undefined
  if (asked === undefined && retryable !== false) return undefined
  return { retryAfterMs: asked, doNotRetry: retryable === false }
}

const INT32 = /^-?\d{1,10}$/

/**
 * The push-back in a `grpc-retry-pushback-ms` trailer (gRFC A6, "Client retries"): milliseconds to wait; a negative number, or
 * what is no number, means not to try again. Undefined where there is no trailer.
 *
 * @example
 * grpcPushBack('1500') // { retryAfterMs: 1500, doNotRetry: false }
 * grpcPushBack('-1')   // { retryAfterMs: undefined, doNotRetry: true }
 */
export function grpcPushBack(trailer: string | null | undefined): PushBack | undefined {
  if (trailer === undefined || trailer === null) return undefined
  const text = trailer.trim()
  const retryAfterMs = INT32.test(text) ? Number(text) : -1
  return retryAfterMs < 0 ? { retryAfterMs: undefined, doNotRetry: true } : { retryAfterMs, doNotRetry: false }
}
