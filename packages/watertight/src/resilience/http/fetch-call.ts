import { CancelSource } from '../../runtime/cancellation.ts'
import { DEADLINE_HEADER } from '../../runtime/deadline.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import type { Outcome } from '../outcome.ts'
import { errorOf } from '../outcome-error.ts'
import type { Scope } from '../scope.ts'
import { type HeldResponse, heldResponse } from './held-response.ts'
import { HttpCall } from './http-call.ts'
import { bodyGone } from './http-error.ts'
import type { FetchSettings } from './http-options.ts'
import { type PipelineSource, pipelineFor } from './pipeline-source.ts'
import type { PipelineRequestInit } from './request-hints.ts'
import { sameResponse } from './same-response.ts'

/** One request, with all its attempts. */
export class FetchCall {
  readonly #settings: FetchSettings
  readonly #input: string | URL | Request
  readonly #init: RequestInit
  readonly #options: object
  readonly #headers: Headers
  readonly #signal: AbortSignal | undefined
  readonly #live: LivePipeline<Response>
  readonly #call: HttpCall<HeldResponse>
  /** Good answers: one of them is handed on, the others are discarded. */
  readonly #held: HeldResponse[] = []
  #over = false

  constructor(
    source: PipelineSource<Response>,
    settings: FetchSettings,
    input: string | URL | Request,
    { call: hints = {}, ...init }: PipelineRequestInit,
  ) {
    const request = input instanceof Request ? input : undefined
    const url = urlOf(input)
    const method = (init.method ?? request?.method ?? 'GET').toUpperCase()
    this.#settings = settings
    this.#input = input
    this.#init = init
    this.#headers = new Headers(init.headers ?? request?.headers)
    this.#signal = init.signal ?? request?.signal
    const keyed = this.#headers.has(settings.idempotencyKeyHeader)
    const body = init.body ?? request?.body
    this.#call = new HttpCall({ url, method, keyed, body }, settings, hints, (answer) => answer.discard())
    this.#options = { ...hints, signal: this.#signal, idempotent: this.#call.idempotent }
    this.#live = pipelineFor(source, url, settings.runtime)
  }

  async run(): Promise<Response> {
    const outcome = await this.#live.outcome((scope) => this.#attempt(scope), this.#options)
    this.#over = true
    const failed = this.#call.failedAnswer(outcome)
    const response = outcome.kind === 'success' ? outcome.value : failed?.response
    for (const held of this.#held) if (held.response !== response) held.discard()
    this.#call.discardFailed(failed)
    if (response !== undefined) return response
    if (this.#signal?.aborted === true) throw this.#signal.reason
    throw this.#errorOf(outcome)
  }

  async #attempt(scope: Scope): Promise<Response> {
    const call = this.#call
    call.begin()
    const headers = new Headers(this.#headers)
    const remaining = call.deadlineFor(scope)
    if (remaining !== undefined) headers.set(DEADLINE_HEADER, remaining)
    const cancel = new CancelSource()
    cancel.link(scope.cancel)
    let response: Response
    try {
      response = await this.#send({ ...this.#init, headers, signal: cancel.signal })
    } catch (error) {
      const { cancelled } = cancel
      cancel.release()
      if (cancelled) throw error
      throw this.#told(call.connectionError(error), scope)
    }
    const error = call.statusError(response.status, response.headers.get('retry-after') ?? undefined)
    const held = this.#hold(response, error === undefined ? scope : undefined, cancel)
    if (this.#over || scope.cancel.cancelled) {
      held.discard()
      throw cancel.reason ?? error ?? bodyGone(call.origin)
    }
    if (error === undefined) {
      this.#held.push(held)
      return held.response
    }
    call.keep(error, held)
    throw this.#told(error, scope)
  }

  /** Watches over the body. A failed attempt has no `scope`, and holds no permit: its body is only to be shown, if at all. */
  #hold(response: Response, scope: Scope | undefined, cancel: CancelSource): HeldResponse {
    const { runtime, bodyHoldMs, settle } = this.#settings
    if (settle === 'body') {
      cancel.release()
      return { response, discard: () => undefined }
    }
    if (this.#signal !== undefined) cancel.follow(this.#signal)
    const deadline = this.#call.atDeadline(() => cancel.cancel('deadline'))
    const release = scope === undefined ? () => undefined : scope.hold()
    return heldResponse(response, runtime, bodyHoldMs, release, () => {
      deadline?.cancel()
      cancel.release()
    })
  }

  /** The answer; where it settles with its body, all of it. */
  async #send(init: RequestInit): Promise<Response> {
    const { fetch, settle } = this.#settings
    const response = await fetch(this.#input, init)
    if (settle === 'headers' || response.body === null) return response
    return sameResponse(response, await response.arrayBuffer())
  }

  #told<E extends Error>(error: E, scope: Scope): E {
    this.#call.tellUnrepeated(error, scope, this.#live)
    return error
  }

  #errorOf(outcome: Outcome<Response>): unknown {
    return outcome.kind === 'success' ? undefined : errorOf(outcome, this.#live.name)
  }
}

function urlOf(input: string | URL | Request): URL {
  if (input instanceof URL) return input
  if (typeof input !== 'string') return new URL(input.url)
  // What is relative, a browser resolves against its page.
  return new URL(URL.canParse(input) ? input : new Request(input).url)
}
