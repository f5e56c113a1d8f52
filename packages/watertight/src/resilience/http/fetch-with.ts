import { FetchCall } from './fetch-call.ts'
import { fetchSettings, type HttpOptions } from './http-options.ts'
import { type PipelineSource, requireSource } from './pipeline-source.ts'
import type { Fetch, PipelineRequestInit } from './request-hints.ts'

/** How requests are made. */
export interface FetchOptions extends HttpOptions {
  /** What sends the requests. Default: the platform's. */
  readonly fetch?: Fetch | undefined
  /**
   * What decides how an attempt ended. `'headers'`: its head; the body streams to the caller, and one that breaks later is
   * the caller's alone. `'body'`: the whole body, which is held in memory; one that breaks or stalls is a failure like
   * others: time limits end it, breakers count it, a retry asks again. Default: `'headers'`.
   */
  readonly settle?: 'headers' | 'body' | undefined
}

/** `fetch` behind pipelines. */
export type PipelineFetch = (input: string | URL | Request, init?: PipelineRequestInit) => Promise<Response>

/**
 * `fetch` behind pipelines, one for each origin where a registry is given. It answers as `fetch` does: a failing status that no
 * retry could mend is a response, not an error.
 *
 * - 429 and 503 count as `overloaded`, 408, 425 and other 5xx as failures; other 4xx are good answers. `Retry-After` is heeded.
 * - Repeated are requests of idempotent methods, with an `Idempotency-Key`, or with `call: { idempotent: true }`; others only
 *   when they have definitely not been executed (no connection, 425, 429). A body that is a stream, such as that of a `Request`
 *   object, is sent once. `http.notRepeated` tells of both.
 * - Permits stay taken until the body has been read, fails or is cancelled (at most `bodyHold`); the caller's signal and
 *   deadline hold for the body as well, time limits of policies end with its head. Bodies of discarded attempts are cancelled.
 * - The time that remains until the deadline is sent as a header. Redirects are followed by `fetch` within one attempt.
 *
 * Not for pipelines with a cache or coalescing by key: a body can be read only once.
 *
 * @example
 * const http = fetchWith(registry({
 *   make: () => [timeout('5s'), retry({ budget: { ratio: 0.1 } }), circuitBreaker({ failures: 5 }), timeout('2s')],
 * }))
 * const response = await http('https://api.example/users/7', { signal })
 *
 * @throws WatertightError `INVALID_OPTION`. The returned function rejects with what its pipeline throws, `CONNECTION_FAILED`
 * (not executed), `CONNECTION_LOST` (nobody knows), or the reason of the caller's signal.
 */
export function fetchWith(source: PipelineSource<Response>, options: FetchOptions = {}): PipelineFetch {
  requireSource(source)
  const settings = fetchSettings(options)
  return async (input, init = {}) => new FetchCall(source, settings, input, init).run()
}
