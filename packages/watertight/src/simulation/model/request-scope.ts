import type { Scope } from '../../resilience/scope.ts'
import { CancelSource, type CancelToken, NEVER } from '../../runtime/cancellation.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { onwardId } from './call-id.ts'

/** What a model wants to know of a request: the scope that a pipeline hands to its function says it. */
export type RequestScope = Pick<Scope, 'call' | 'attempt' | 'path' | 'deadline' | 'cancel'>

/** The same key as the policies draw by: a retry and a hedge of one call have their own draws. */
export function drawPath({ attempt, path }: Pick<Scope, 'attempt' | 'path'>): number {
  return path * 1_024 + attempt
}

/** What is said of a request that no pipeline makes. */
export interface DirectRequest {
  /** The key of its draws. */
  readonly id: number
  /** Default: 1. */
  readonly attempt?: number
  /** The instant after which nobody wants the answer. Default: none. */
  readonly deadline?: number
  /** Ends the caller's wait. Default: nothing does. */
  readonly cancel?: CancelToken
}

/**
 * A scope for a request that no pipeline makes: of an unprotected client, or of a service that calls another one.
 *
 * @example
 * await payment.request(directScope(world, { id: order.number }))
 */
export function directScope(runtime: Pick<Runtime, 'random'>, request: DirectRequest): Scope {
  return new DirectScope(runtime, request)
}

/** A request as it is seen at the other end: its cancellation is known there by itself, and a repetition has its own draws. */
export function relayedScope(scope: Scope, cancel: CancelToken, addToPath: number): Scope {
  return new RelayedScope(scope, cancel, addToPath)
}

class RelayedScope implements Scope {
  readonly call: Scope['call']
  readonly attempt: number
  readonly path: number
  readonly deadline: number
  readonly cancel: CancelToken
  readonly #scope: Scope

  constructor(scope: Scope, cancel: CancelToken, addToPath: number) {
    this.call = scope.call
    this.attempt = scope.attempt
    this.path = scope.path + addToPath
    this.deadline = scope.deadline
    this.cancel = cancel
    this.#scope = scope
  }

  get signal(): AbortSignal {
    return this.cancel.signal
  }

  hold(): () => void {
    return this.#scope.hold()
  }

  random(purpose: string): number {
    return this.#scope.random(purpose)
  }
}

class DirectScope implements Scope {
  readonly call: Scope['call']
  readonly attempt: number
  readonly path = 0
  readonly deadline: number
  readonly cancel: CancelToken
  readonly #runtime: Pick<Runtime, 'random'>

  constructor(
    runtime: Pick<Runtime, 'random'>,
    { id, attempt = 1, deadline = Infinity, cancel = NEVER }: DirectRequest,
  ) {
    this.#runtime = runtime
    this.call = { id, args: [], key: undefined, priority: 1, idempotent: undefined }
    this.attempt = attempt
    this.deadline = deadline
    this.cancel = cancel
  }

  get signal(): AbortSignal {
    return this.cancel.signal
  }

  hold(): () => void {
    return () => {}
  }

  random(purpose: string): number {
    return this.#runtime.random(purpose, this.call.id, drawPath(this))
  }
}

/** The scope in which a service does the work of one request, and how its work is stopped. */
export interface ServerScope {
  readonly scope: Scope
  readonly work: CancelSource
}

/**
 * The scope of a request on the side that serves it. Its calls have an id of their own that follows from the caller's id and
 * attempt, so that what a second attempt sets off further down has other draws than what the first one did, and that belongs to
 * the same route.
 */
export function serverScope(
  runtime: Pick<Runtime, 'random' | 'report'>,
  service: string,
  request: RequestScope,
): ServerScope {
  const work = new CancelSource((error) => runtime.report(error))
  const drawn = runtime.random(`calls of ${service}`, request.call.id, drawPath(request))
  const id = onwardId(request.call.id, drawn, request.attempt === 1 && request.path === 0)
  return { scope: new DirectScope(runtime, { id, deadline: request.deadline, cancel: work }), work }
}
