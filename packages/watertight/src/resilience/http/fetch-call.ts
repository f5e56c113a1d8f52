import { CancelSource } from '../../runtime/cancellation.ts'
import { DEADLINE_HEADER, writeDeadline } from '../../runtime/deadline.ts'
import type { Timer } from '../../runtime/runtime.ts'
import { definitelyNotExecuted } from '../fallback/not-executed.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import type { Outcome } from '../outcome.ts'
import { errorOf } from '../outcome-error.ts'
import type { Scope } from '../scope.ts'
import { type HeldResponse, heldResponse } from './held-response.ts'
import { bodyGone, connectionError, type HttpStatusError, statusError, statusErrorsIn } from './http-error.ts'
import type { HttpSettings } from './http-options.ts'
import { type PipelineSource, pipelineFor } from './pipeline-source.ts'
import { isReplayable } from './replayable-body.ts'
import type { Fetch, PipelineRequestInit, RequestHints } from './request-hints.ts'

/** One request, with all its attempts. */
export class FetchCall {
  readonly #settings: HttpSettings
  readonly #send: Fetch
  readonly #input: string | URL | Request
  readonly #init: RequestInit
  readonly #hints: RequestHints
  readonly #url: URL
  readonly #method: string
  readonly #headers: Headers
  readonly #signal: AbortSignal | undefined
  readonly #idempotent: boolean
  readonly #replayable: boolean
  readonly #live: LivePipeline<Response>
  /** Responses that are open, and those that failed by their errors: one of them is handed on, the others are discarded. */
  readonly #held = new Map<Response, HeldResponse>()
  readonly #failed = new Map<HttpStatusError, HeldResponse>()
  #sent = false
  #over = false

  constructor(
    source: PipelineSource<Response>,
    settings: HttpSettings,
    send: Fetch,
    input: string | URL | Request,
    { call, ...init }: PipelineRequestInit,
  ) {
    const request = input instanceof Request ? input : undefined
    this.#settings = settings
    this.#send = send
    this.#input = input
    this.#init = init
    this.#hints = call ?? {}
    this.#url = urlOf(input)
    this.#method = (init.method ?? request?.method ?? 'GET').toUpperCase()
    this.#headers = new Headers(init.headers ?? request?.headers)
    this.#signal = init.signal ?? request?.signal
    this.#replayable = isReplayable(init.body ?? request?.body)
    const { idempotentMethods, idempotencyKeyHeader } = settings
    this.#idempotent =
      this.#hints.idempotent ?? (idempotentMethods.has(this.#method) || this.#headers.has(idempotencyKeyHeader))
    this.#live = pipelineFor(source, this.#url, settings.runtime)
  }

  async run(): Promise<Response> {
    const idempotent = this.#idempotent && this.#replayable
    const options = { ...this.#hints, signal: this.#signal, idempotent }
    const outcome = await this.#live.outcome((scope) => this.#attempt(scope), options)
    this.#over = true
    const response = this.#responseOf(outcome)
    for (const held of [...this.#held.values(), ...this.#failed.values()]) {
      if (held.response !== response) held.discard()
    }
    if (response !== undefined) return response
    if (this.#signal?.aborted === true) throw this.#signal.reason
    throw outcome.kind === 'success' ? undefined : errorOf(outcome, this.#live.name)
  }

  async #attempt(scope: Scope): Promise<Response> {
    const { origin } = this.#url
    if (this.#sent && !this.#replayable) throw bodyGone(origin)
    this.#sent = true
    this.#discardFailed()
    const { runtime, sendDeadline, bodyHoldMs } = this.#settings
    const headers = new Headers(this.#headers)
    const remaining = sendDeadline ? writeDeadline(scope.deadline, runtime) : undefined
    if (remaining !== undefined) headers.set(DEADLINE_HEADER, remaining)
    const cancel = new CancelSource()
    cancel.link(scope.cancel)
    let response: Response
    try {
      response = await this.#send(this.#input, { ...this.#init, headers, signal: cancel.signal })
    } catch (error) {
      const cancelled = cancel.cancelled
      cancel.release()
      throw cancelled ? error : this.#told(connectionError(error, origin, this.#replayable), scope)
    }
    const retryAfter = response.headers.get('retry-after') ?? undefined
    const error = statusError(response.status, retryAfter, origin, this.#replayable, this.#settings)
    // A failed attempt holds no permit: its body is of no use but to show it, should nothing better come.
    const release = error === undefined ? scope.hold() : () => undefined
    const deadline = this.#followCaller(cancel)
    const held = heldResponse(response, runtime, bodyHoldMs, release, () => {
      deadline?.cancel()
      cancel.release()
    })
    if (this.#over || scope.cancel.cancelled) {
      held.discard()
      throw cancel.reason ?? error ?? bodyGone(origin)
    }
    if (error === undefined) {
      this.#held.set(held.response, held)
      return held.response
    }
    this.#failed.set(error, held)
    throw this.#told(error, scope)
  }

  /** The caller's signal and deadline hold for the body too, which outlives the call. */
  #followCaller(cancel: CancelSource): Timer | undefined {
    if (this.#signal !== undefined) cancel.follow(this.#signal)
    const { deadline = Infinity } = this.#hints
    if (deadline === Infinity) return undefined
    const { runtime } = this.#settings
    return runtime.timer(deadline - runtime.now(), () => cancel.cancel('deadline'), false)
  }

  /** Another attempt begins: what failed before is not needed any more. */
  #discardFailed(): void {
    for (const held of this.#failed.values()) held.discard()
    this.#failed.clear()
  }

  #told<E extends Error>(error: E, scope: Scope): E {
    const repeated = this.#replayable && (this.#idempotent || definitelyNotExecuted(error))
    if (!repeated) {
      this.#live.events.emit('http.notRepeated', {
        pipeline: this.#live.name,
        call: scope.call.id,
        origin: this.#url.origin,
        method: this.#method,
        reason: this.#replayable ? 'method' : 'body',
      })
    }
    return error
  }

  #responseOf(outcome: Outcome<Response>): Response | undefined {
    if (outcome.kind === 'success') return outcome.value
    if (!('error' in outcome)) return undefined
    for (const error of statusErrorsIn(outcome.error)) {
      const held = this.#failed.get(error)
      if (held !== undefined) return held.response
    }
    return undefined
  }
}

function urlOf(input: string | URL | Request): URL {
  if (input instanceof URL) return input
  if (typeof input !== 'string') return new URL(input.url)
  // What is relative, a browser resolves against its page.
  return new URL(URL.canParse(input) ? input : new Request(input).url)
}
