import type { Dispatch, DispatchInterceptor, DispatchOptions } from './dispatch.ts'
import { Exchange } from './exchange.ts'
import { type HttpOptions, interceptorSettings } from './http-options.ts'
import { type PipelineSource, requireSource } from './pipeline-source.ts'
import type { RequestHints } from './request-hints.ts'

/** How requests are made. */
export interface InterceptorOptions extends HttpOptions {
  /** What a request says of itself to the policies. Default: nothing but its method and headers. */
  readonly hints?: ((request: DispatchOptions) => RequestHints) | undefined
}

/**
 * Puts the requests of an undici dispatcher (8, or 7) behind pipelines, one for each origin where a registry is given: for
 * `request`, `stream` and `fetch` with `dispatcher` alike. The rules are those of {@link fetchWith}: idempotent methods only,
 * `Retry-After`, replayable bodies, permits until the body is through, deadline header. An answer is handed on when the pipeline
 * has decided for it; those of other attempts are read to their end or cut off.
 *
 * Put it outermost, and leave out undici's own `retry`: the attempts of both multiply.
 *
 * @example
 * const agent = new Agent().compose(interceptor(registry({ make: () => [retry(), circuitBreaker({ failures: 5 })] })))
 * const { statusCode, body } = await request('https://api.example/users/7', { dispatcher: agent })
 *
 * @throws WatertightError `INVALID_OPTION`. Requests fail with what their pipeline throws, `CONNECTION_FAILED` (not executed)
 * or `CONNECTION_LOST` (nobody knows).
 */
export function interceptor(source: PipelineSource, options: InterceptorOptions = {}): DispatchInterceptor {
  requireSource(source)
  const settings = interceptorSettings(options)
  return (dispatch) => (request, handler) => {
    new Exchange(source, settings, settings.hints?.(request) ?? {}, dispatch as Dispatch, request, handler).begin()
    return true
  }
}
