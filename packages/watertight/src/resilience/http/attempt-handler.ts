import type { AnswerHeaders, DispatchController, DispatchHandler } from './dispatch.ts'
import type { RelayController } from './relay-controller.ts'

/** What an attempt tells of itself. */
export interface AttemptListener {
  /** The head of an answer has come; it waits until it is handed on or dropped. */
  answered(status: number, headers: AnswerHeaders): void
  upgraded(): void
  /** There will be no answer. */
  failed(error: Error): void
  /** Its body is through, or broken. */
  ended(): void
}

/**
 * So much of a body is read before it is known whether anyone wants it, or when nobody does: most failures say no more, and their
 * connections are free for the next attempt. Beyond that it is paused, or cut off.
 */
const READ_AHEAD_BYTES = 65_536

/**
 * One attempt of a request: holds its answer back until it is known whether this is the one to hand on.
 */
export class AttemptHandler implements DispatchHandler {
  readonly #handler: DispatchHandler
  readonly #relay: RelayController
  readonly #listener: AttemptListener
  #controller: DispatchController | undefined
  #state: 'waiting' | 'held' | 'forwarding' | 'dropped' | 'over' = 'waiting'
  #head: readonly [status: number, headers: AnswerHeaders, statusText: string | undefined] | undefined
  readonly #chunks: { readonly byteLength: number }[] = []
  #trailers: AnswerHeaders | undefined
  #error: Error | undefined
  #droppedFor: Error | undefined
  /** Bytes that came before the answer was handed on or dropped, and after it was dropped. */
  #readAhead = 0

  constructor(handler: DispatchHandler, relay: RelayController, listener: AttemptListener) {
    this.#handler = handler
    this.#relay = relay
    this.#listener = listener
  }

  /** Hands the answer on, and all that is still to come of it. */
  forward(): void {
    if (this.#state !== 'held' || this.#head === undefined) return
    this.#state = 'forwarding'
    const relay = this.#relay
    const ended = this.#trailers !== undefined || this.#error !== undefined
    relay.steer(this.#controller)
    try {
      this.#handler.onResponseStart?.(relay, ...this.#head)
      for (const chunk of this.#chunks) this.#handler.onResponseData?.(relay, chunk as never)
      this.#chunks.length = 0
      if (this.#trailers !== undefined) this.#handler.onResponseEnd?.(relay, this.#trailers)
    } catch (error) {
      this.#error ??= asError(error)
      if (!ended) this.#controller?.abort(this.#error)
    }
    if (ended) {
      if (this.#error !== undefined) this.#handler.onResponseError?.(relay, this.#error)
      this.#state = 'over'
    } else if (!relay.paused) this.#controller?.resume()
  }

  /** Nobody wants its answer: what is on the way is read to its end if that is near, else the connection is closed. */
  drop(reason: Error): void {
    if (this.#state === 'forwarding' || this.#state === 'dropped' || this.#state === 'over') return
    const answered = this.#state === 'held'
    this.#state = 'dropped'
    this.#droppedFor = reason
    this.#chunks.length = 0
    if (answered) this.#controller?.resume()
    else this.#controller?.abort(reason)
  }

  onRequestStart(controller: DispatchController): void {
    this.#controller = controller
    if (this.#droppedFor !== undefined) controller.abort(this.#droppedFor)
  }

  onRequestUpgrade(_: DispatchController, status: number, headers: AnswerHeaders, socket: never): void {
    this.#state = 'over'
    this.#relay.steer(this.#controller)
    this.#listener.upgraded()
    this.#handler.onRequestUpgrade?.(this.#relay, status, headers, socket)
  }

  onResponseStart(_: DispatchController, status: number, headers: AnswerHeaders, statusText?: string): void {
    if (this.#state !== 'waiting') return
    if (status < 200) {
      this.#handler.onResponseStart?.(this.#relay, status, headers, statusText)
      return
    }
    this.#state = 'held'
    this.#head = [status, headers, statusText]
    this.#listener.answered(status, headers)
  }

  onResponseData(controller: DispatchController, chunk: never): void {
    if (this.#state === 'forwarding') this.#handler.onResponseData?.(this.#relay, chunk)
    if (this.#state !== 'held' && this.#state !== 'dropped') return
    this.#readAhead += (chunk as { readonly byteLength: number }).byteLength
    if (this.#state === 'held') this.#chunks.push(chunk)
    if (this.#readAhead <= READ_AHEAD_BYTES) return
    if (this.#state === 'held') controller.pause()
    else controller.abort(this.#droppedFor ?? new Error('the rest is not wanted'))
  }

  onResponseEnd(_: DispatchController, trailers: AnswerHeaders): void {
    this.#trailers = trailers
    if (this.#state === 'forwarding') {
      this.#handler.onResponseEnd?.(this.#relay, trailers)
      this.#state = 'over'
    }
    this.#listener.ended()
  }

  onResponseError(_: DispatchController, error: Error): void {
    this.#error = error
    if (this.#state === 'waiting') {
      this.#state = 'over'
      this.#listener.failed(error)
    } else if (this.#state === 'forwarding') {
      this.#handler.onResponseError?.(this.#relay, error)
      this.#state = 'over'
    }
    this.#listener.ended()
  }

  onBodySent(chunk: never): void {
    this.#handler.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.()
  }
}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
}
