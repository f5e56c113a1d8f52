import { DEADLINE_HEADER } from '../../runtime/deadline.ts'
import type { Timer } from '../../runtime/runtime.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import type { Outcome } from '../outcome.ts'
import { errorOf } from '../outcome-error.ts'
import type { Scope } from '../scope.ts'
import { asError, AttemptHandler } from './attempt-handler.ts'
import type { AnswerHeaders, Dispatch, DispatchHandler, DispatchOptions } from './dispatch.ts'
import { headerPairs } from './header-pairs.ts'
import { HttpCall } from './http-call.ts'
import type { HttpSettings } from './http-options.ts'
import { type PipelineSource, pipelineFor } from './pipeline-source.ts'
import { RelayController } from './relay-controller.ts'
import type { RequestHints } from './request-hints.ts'

/** One request of an undici dispatcher, with all its attempts. */
export class Exchange {
  readonly #source: PipelineSource
  readonly #settings: HttpSettings
  readonly #hints: RequestHints
  readonly #dispatch: Dispatch
  readonly #request: DispatchOptions
  readonly #handler: DispatchHandler
  readonly #url: URL
  readonly #headers: readonly (readonly [name: string, value: unknown])[]
  readonly #call: HttpCall<AttemptHandler>
  readonly #aborter = new AbortController()
  readonly #relay = new RelayController((reason) => this.#aborter.abort(reason))
  readonly #attempts = new Set<AttemptHandler>()
  #over = false

  constructor(
    source: PipelineSource,
    settings: HttpSettings,
    hints: RequestHints,
    dispatch: Dispatch,
    request: DispatchOptions,
    handler: DispatchHandler,
  ) {
    const { method, body } = request
    this.#source = source
    this.#settings = settings
    this.#hints = hints
    this.#dispatch = dispatch
    this.#request = request
    this.#handler = handler
    // The path of a CONNECT is the address of somebody else.
    this.#url = new URL(method === 'CONNECT' ? '/' : request.path, request.origin)
    this.#headers = headerPairs(request.headers)
    const keyed = this.#headers.some(([name]) => name.toLowerCase() === settings.idempotencyKeyHeader)
    const drop = (answer: AttemptHandler, error: Error): void => answer.drop(error)
    this.#call = new HttpCall({ url: this.#url, method, keyed, body }, settings, hints, drop)
  }

  begin(): void {
    // At once, for from here on the requester can abort: also while the call waits in a queue.
    this.#handler.onRequestStart?.(this.#relay, {})
    void this.#run()
  }

  async #run(): Promise<void> {
    try {
      const live = pipelineFor<AttemptHandler>(this.#source, this.#url, this.#settings.runtime)
      const options = { ...this.#hints, idempotent: this.#call.idempotent, signal: this.#aborter.signal }
      this.#settle(await live.outcome((scope) => this.#attempt(scope, live), options), live.name)
    } catch (error) {
      this.#handler.onResponseError?.(this.#relay, asError(error))
    }
  }

  #settle(outcome: Outcome<AttemptHandler>, name: string): void {
    this.#over = true
    const answer = this.#relay.aborted ? undefined : this.#answerOf(outcome)
    const unwanted = new Error(`${this.#url.origin}: another attempt has answered`)
    for (const attempt of this.#attempts) if (attempt !== answer) attempt.drop(unwanted)
    if (answer !== undefined) answer.forward()
    else {
      const error = outcome.kind === 'success' ? noAnswer(name) : asError(errorOf(outcome, name))
      this.#handler.onResponseError?.(this.#relay, this.#relay.reason ?? error)
    }
  }

  #answerOf(outcome: Outcome<AttemptHandler>): AttemptHandler | undefined {
    if (outcome.kind !== 'success') return this.#call.failedAnswer(outcome)
    return outcome.value instanceof AttemptHandler ? outcome.value : undefined
  }

  async #attempt(scope: Scope, live: LivePipeline<AttemptHandler>): Promise<AttemptHandler> {
    const call = this.#call
    call.begin()
    const { promise, resolve, reject } = Promise.withResolvers<AttemptHandler>()
    let release = (): void => undefined
    const timers: (Timer | undefined)[] = []
    const attempt: AttemptHandler = new AttemptHandler(this.#handler, this.#relay, {
      answered: (status, headers) => {
        stopListening()
        const error = call.statusError(status, retryAfter(headers))
        if (error === undefined) {
          release = scope.hold()
          timers.push(...this.#bodyLimits(release))
          resolve(attempt)
        } else {
          call.keep(error, attempt)
          call.tellUnrepeated(error, scope, live)
          reject(error)
        }
        // It came too late: the call is over, or this attempt was given up.
        if (this.#over || scope.cancel.cancelled) attempt.drop(asError(scope.cancel.reason ?? 'too late'))
      },
      upgraded: () => {
        stopListening()
        resolve(attempt)
      },
      failed: (cause) => {
        stopListening()
        const error = call.connectionError(cause)
        if (!scope.cancel.cancelled) call.tellUnrepeated(error, scope, live)
        reject(error)
      },
      ended: () => {
        for (const timer of timers) timer?.cancel()
        release()
        this.#attempts.delete(attempt)
      },
    })
    this.#attempts.add(attempt)
    const stopListening = scope.cancel.onCancel(() => {
      const reason = asError(scope.cancel.reason)
      attempt.drop(reason)
      reject(reason)
    })
    try {
      this.#dispatch({ ...this.#request, headers: this.#headersFor(scope) }, attempt)
    } catch (error) {
      stopListening()
      reject(asError(error))
    }
    return promise
  }

  /** A body keeps its permits only so long, and the caller's deadline holds for it too. */
  #bodyLimits(release: () => void): readonly (Timer | undefined)[] {
    const { runtime, bodyHoldMs } = this.#settings
    const late = (): void => this.#relay.abort(new DOMException('The deadline has passed.', 'TimeoutError'))
    return [runtime.timer(bodyHoldMs, release, false), this.#call.atDeadline(late)]
  }

  #headersFor(scope: Scope): unknown {
    const remaining = this.#call.deadlineFor(scope)
    if (remaining === undefined) return this.#request.headers
    const kept = this.#headers.filter(([name]) => name.toLowerCase() !== DEADLINE_HEADER)
    return [...kept.flat(), DEADLINE_HEADER, remaining]
  }
}

function retryAfter(headers: AnswerHeaders): string | undefined {
  const value = headers['retry-after']
  return Array.isArray(value) ? value[0] : value
}

/** A stand-in of a fallback cannot be made into an answer of a server. */
function noAnswer(name: string): Error {
  return new TypeError(`${name}: a policy answered with a value, but a dispatcher needs an answer of the server`)
}
