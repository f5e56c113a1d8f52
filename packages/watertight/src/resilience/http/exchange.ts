import { DEADLINE_HEADER, writeDeadline } from '../../runtime/deadline.ts'
import type { Timer } from '../../runtime/runtime.ts'
import { definitelyNotExecuted } from '../fallback/not-executed.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import type { Outcome } from '../outcome.ts'
import { errorOf } from '../outcome-error.ts'
import type { Scope } from '../scope.ts'
import { asError, AttemptHandler } from './attempt-handler.ts'
import type { AnswerHeaders, Dispatch, DispatchHandler, DispatchOptions } from './dispatch.ts'
import { headerPairs } from './header-pairs.ts'
import { bodyGone, connectionError, type HttpStatusError, statusError, statusErrorsIn } from './http-error.ts'
import type { HttpSettings } from './http-options.ts'
import { type PipelineSource, pipelineFor } from './pipeline-source.ts'
import { RelayController } from './relay-controller.ts'
import { isReplayable } from './replayable-body.ts'
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
  readonly #idempotent: boolean
  readonly #replayable: boolean
  readonly #aborter = new AbortController()
  readonly #relay = new RelayController((reason) => this.#aborter.abort(reason))
  readonly #attempts = new Set<AttemptHandler>()
  readonly #failed = new Map<HttpStatusError, AttemptHandler>()
  #sent = false
  #over = false

  constructor(
    source: PipelineSource,
    settings: HttpSettings,
    hints: RequestHints,
    dispatch: Dispatch,
    request: DispatchOptions,
    handler: DispatchHandler,
  ) {
    this.#source = source
    this.#settings = settings
    this.#hints = hints
    this.#dispatch = dispatch
    this.#request = request
    this.#handler = handler
    // The path of a CONNECT is the address of somebody else.
    this.#url = new URL(request.method === 'CONNECT' ? '/' : request.path, request.origin)
    this.#headers = headerPairs(request.headers)
    this.#replayable = isReplayable(request.body)
    const { idempotentMethods, idempotencyKeyHeader } = settings
    this.#idempotent =
      hints.idempotent ??
      (idempotentMethods.has(request.method.toUpperCase()) ||
        this.#headers.some(([name]) => name.toLowerCase() === idempotencyKeyHeader))
  }

  begin(): void {
    // At once, for from here on the requester can abort: also while the call waits in a queue.
    this.#handler.onRequestStart?.(this.#relay, {})
    void this.#run()
  }

  async #run(): Promise<void> {
    try {
      const live = pipelineFor<AttemptHandler>(this.#source, this.#url, this.#settings.runtime)
      const idempotent = this.#idempotent && this.#replayable
      const options = { ...this.#hints, idempotent, signal: this.#aborter.signal }
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
    if (outcome.kind === 'success') return outcome.value instanceof AttemptHandler ? outcome.value : undefined
    if (!('error' in outcome)) return undefined
    for (const error of statusErrorsIn(outcome.error)) {
      const attempt = this.#failed.get(error)
      if (attempt !== undefined) return attempt
    }
    return undefined
  }

  #attempt(scope: Scope, live: LivePipeline<AttemptHandler>): Promise<AttemptHandler> {
    const { origin } = this.#url
    if (this.#sent && !this.#replayable) return Promise.reject(bodyGone(origin))
    this.#sent = true
    for (const [error, attempt] of this.#failed) {
      attempt.drop(error)
      this.#failed.delete(error)
    }
    const { promise, resolve, reject } = Promise.withResolvers<AttemptHandler>()
    let release = (): void => undefined
    const timers: Timer[] = []
    const attempt: AttemptHandler = new AttemptHandler(this.#handler, this.#relay, {
      answered: (status, headers) => {
        stopListening()
        const error = statusError(status, retryAfter(headers), origin, this.#replayable, this.#settings)
        if (error === undefined) {
          release = scope.hold()
          timers.push(...this.#bodyLimits(release))
          resolve(attempt)
        } else {
          this.#failed.set(error, attempt)
          this.#tell(error, scope, live)
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
        const error = connectionError(cause, origin, this.#replayable)
        if (!scope.cancel.cancelled) this.#tell(error, scope, live)
        reject(error)
      },
      ended: () => {
        for (const timer of timers) timer.cancel()
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
  #bodyLimits(release: () => void): readonly Timer[] {
    const { runtime, bodyHoldMs } = this.#settings
    const { deadline = Infinity } = this.#hints
    const hold = runtime.timer(bodyHoldMs, release, false)
    if (deadline === Infinity) return [hold]
    const late = (): void => this.#relay.abort(new DOMException('The deadline has passed.', 'TimeoutError'))
    return [hold, runtime.timer(deadline - runtime.now(), late, false)]
  }

  #headersFor(scope: Scope): unknown {
    const { sendDeadline, runtime } = this.#settings
    const remaining = sendDeadline ? writeDeadline(scope.deadline, runtime) : undefined
    if (remaining === undefined) return this.#request.headers
    const kept = this.#headers.filter(([name]) => name.toLowerCase() !== DEADLINE_HEADER)
    return [...kept.flatMap(([name, value]) => [name, value]), DEADLINE_HEADER, remaining]
  }

  #tell(error: Error, scope: Scope, { events, name }: LivePipeline<AttemptHandler>): void {
    if (this.#replayable && (this.#idempotent || definitelyNotExecuted(error))) return
    events.emit('http.notRepeated', {
      pipeline: name,
      call: scope.call.id,
      origin: this.#url.origin,
      method: this.#request.method,
      reason: this.#replayable ? 'method' : 'body',
    })
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
