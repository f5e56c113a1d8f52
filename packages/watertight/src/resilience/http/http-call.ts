import { writeDeadline } from '../../runtime/deadline.ts'
import type { Timer } from '../../runtime/runtime.ts'
import { definitelyNotExecuted } from '../fallback/not-executed.ts'
import type { LivePipeline } from '../live-pipeline.ts'
import type { Outcome } from '../outcome.ts'
import type { Scope } from '../scope.ts'
import { bodyGone, connectionError, type HttpStatusError, statusError, statusErrorsIn } from './http-error.ts'
import type { HttpSettings } from './http-options.ts'
import { isReplayable } from './replayable-body.ts'
import type { RequestHints } from './request-hints.ts'

/** One request, as any client of HTTP describes it. */
export interface HttpRequest {
  readonly url: URL
  readonly method: string
  /** Whether it carries an idempotency key. */
  readonly keyed: boolean
  readonly body: unknown
}

/**
 * One request with all its attempts, whatever client sends them: whether it can be sent again, what its failures mean, and which
 * of the answers that are failures is handed on in the end.
 */
export class HttpCall<Answer> {
  readonly origin: string
  /** Whether it can be made again: not twice what is not idempotent, and not what is gone once it was sent. */
  readonly idempotent: boolean
  readonly #method: string
  readonly #repeatable: boolean
  readonly #replayable: boolean
  readonly #deadline: number
  readonly #settings: HttpSettings
  readonly #discard: (answer: Answer, error: Error) => void
  readonly #failed = new Map<HttpStatusError, Answer>()
  #sent = false

  /** `discard` frees an answer that nobody will read. */
  constructor(
    { url, method, keyed, body }: HttpRequest,
    settings: HttpSettings,
    { idempotent, deadline = Infinity }: RequestHints,
    discard: (answer: Answer, error: Error) => void,
  ) {
    this.origin = url.origin
    this.#method = method
    this.#settings = settings
    this.#deadline = deadline
    this.#discard = discard
    this.#replayable = isReplayable(body)
    this.#repeatable = idempotent ?? (keyed || settings.idempotentMethods.has(method.toUpperCase()))
    this.idempotent = this.#repeatable && this.#replayable
  }

  /** An attempt sets out: what failed before is not needed any more. @throws WatertightError `BODY_NOT_REPLAYABLE` */
  begin(): void {
    if (this.#sent && !this.#replayable) throw bodyGone(this.origin)
    this.#sent = true
    this.discardFailed()
  }

  /** Frees the answers that were failures, but for the one that is handed on. */
  discardFailed(but?: Answer): void {
    for (const [error, answer] of this.#failed) if (answer !== but) this.#discard(answer, error)
    this.#failed.clear()
  }

  /** What the server is told of how long its answer is waited for; undefined: nothing. */
  deadlineFor(scope: Scope): string | undefined {
    const { sendDeadline, runtime } = this.#settings
    return sendDeadline ? writeDeadline(scope.deadline, runtime) : undefined
  }

  /** The error of an answer that is a failure. */
  statusError(status: number, retryAfter: string | undefined): HttpStatusError | undefined {
    return statusError(status, retryAfter, this.origin, this.#replayable, this.#settings)
  }

  /** Keeps an answer that is a failure: it is handed on when nothing better comes. */
  keep(error: HttpStatusError, answer: Answer): void {
    this.#failed.set(error, answer)
  }

  connectionError(cause: unknown): Error {
    return connectionError(cause, this.origin, this.#replayable)
  }

  /** Tells that a failed request cannot be repeated, where that is so. */
  tellUnrepeated(error: Error, { call }: Scope, { events, name: pipeline }: LivePipeline<unknown>): void {
    if (this.#replayable && (this.#repeatable || definitelyNotExecuted(error))) return
    const reason = this.#replayable ? 'method' : 'body'
    events.emit('http.notRepeated', { pipeline, call: call.id, origin: this.origin, method: this.#method, reason })
  }

  /** The answer that stands for a failed call: that of its own error, or of one of several that a hedge collected. */
  failedAnswer(outcome: Outcome<unknown>): Answer | undefined {
    const errors = 'error' in outcome ? statusErrorsIn(outcome.error) : []
    return errors.map((error) => this.#failed.get(error)).find((answer) => answer !== undefined)
  }

  /** Calls `late` at the caller's deadline, which holds for the body too: it outlives the call. */
  atDeadline(late: () => void): Timer | undefined {
    const { runtime } = this.#settings
    return this.#deadline === Infinity ? undefined : runtime.timer(this.#deadline - runtime.now(), late, false)
  }
}
