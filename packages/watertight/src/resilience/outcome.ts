import type { Cause } from '../runtime/cancellation.ts'

/** The call returned. */
export interface Success<T> {
  readonly kind: 'success'
  readonly value: T
}

/**
 * The call was executed and threw. `overloaded`: the dependency says it has too much to do (429, 503, push-back): a failure,
 * but one that is retried only out of a budget. `ignored`: an error that says nothing of the dependency's health, such as
 * a 404.
 */
export interface Failure {
  readonly kind: 'failure' | 'overloaded' | 'ignored'
  readonly error: unknown
}

/** The call was stopped from outside before its result was known. */
export interface Cancelled {
  readonly kind: 'cancelled'
  readonly cause: Cause
  readonly reason?: unknown
}

/** A policy did not let the call through: it has not been executed, or not again. */
export interface Refusal {
  readonly kind: 'refused'
  /** Name of the policy that refused. */
  readonly by: string
  readonly code: string
  /** What the policy knows in numbers, for people. */
  readonly detail?: string | undefined
  /** Milliseconds until it may let a call through, where known. */
  readonly retryAfterMs?: number | undefined
}

/** How a call ended. A value, so that policies can pass it on, look at it and replace it without throwing. */
export type Outcome<T> = Success<T> | Failure | Cancelled | Refusal

/** An outcome now or later. The promise never rejects. */
export type Result<T> = Outcome<T> | Promise<Outcome<T>>

/** The outcome of a call that returned `value`. */
export function succeeded<T>(value: T): Success<T> {
  return { kind: 'success', value }
}

const UNSTARTED: Readonly<Record<Cause, string>> = {
  caller: 'CANCELLED',
  timeout: 'TIMED_OUT',
  deadline: 'DEADLINE_EXCEEDED',
  loser: 'CANCELLED',
  shutdown: 'SHUTTING_DOWN',
}

/** The outcome of a call through `pipeline` that was stopped before it got to call its function. */
export function unstarted(cause: Cause, pipeline: string): Refusal {
  return refused(pipeline, UNSTARTED[cause])
}

/** The outcome of a call that was stopped from outside. */
export function cancelled(cause: Cause, reason?: unknown): Cancelled {
  return reason === undefined ? { kind: 'cancelled', cause } : { kind: 'cancelled', cause, reason }
}

/** The outcome of a call that the policy named `by` did not let through. All refusals have one shape. */
export function refused(by: string, code: string, detail?: string, retryAfterMs?: number): Refusal {
  return { kind: 'refused', by, code, detail, retryAfterMs }
}
