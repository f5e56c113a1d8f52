/** What undici 8 gives a handler to steer a request with; as far as it is used here. */
export interface DispatchController {
  readonly aborted: boolean
  readonly paused: boolean
  readonly reason: Error | null
  rawHeaders?: unknown
  rawTrailers?: unknown
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** Headers of an answer: lower-case names. */
export type AnswerHeaders = Record<string, string | string[] | undefined>

/** What hears how a request goes, since undici 7. */
export interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: unknown): void
  onRequestUpgrade?(controller: DispatchController, status: number, headers: AnswerHeaders, socket: never): void
  onResponseStart?(controller: DispatchController, status: number, headers: AnswerHeaders, statusText?: string): void
  onResponseData?(controller: DispatchController, chunk: never): void
  onResponseEnd?(controller: DispatchController, trailers: AnswerHeaders): void
  onResponseError?(controller: DispatchController, error: Error): void
  onBodySent?(chunk: never): void
  onRequestSent?(): void
}

/** A request as undici dispatches it. */
export interface DispatchOptions {
  readonly origin?: string | URL
  readonly path: string
  readonly method: string
  readonly headers?: unknown
  readonly body?: unknown
}

/** Sends a request. */
export type Dispatch<
  Options extends DispatchOptions = DispatchOptions,
  Handler extends DispatchHandler = DispatchHandler,
> = (options: Options, handler: Handler) => boolean

/** What undici's `compose` takes; it brings its own types for options and handlers. */
export type DispatchInterceptor = <Options extends DispatchOptions, Handler extends DispatchHandler>(
  dispatch: Dispatch<Options, Handler>,
) => Dispatch<Options, Handler>
