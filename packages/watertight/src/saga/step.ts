import type { CommitParts } from '../event-store/commit-parts.ts'
import type { Rejection } from '../event-store/rejection.ts'
import type { Duration } from '../runtime/duration.ts'
import type { Backoff, RetryOptions } from './backoff.ts'
import type { StepPipeline } from './step-pipeline.ts'

/** What a step is given. */
export interface StepContext<Input, Results> {
  readonly input: Input
  /** The results of the steps before, by name, as JSON keeps them. */
  readonly results: Results
  /** `<saga id>/<step>`: the same on every attempt, after every crash, and for the undo. Hand it to the participant. */
  readonly key: string
  /** 1, 2, 3 … by what is known; a crash may have hidden earlier ones. */
  readonly attempt: number
  /** Aborted when the step's time is up, the saga is cancelled or the engine stops. */
  readonly signal: AbortSignal
  readonly sagaId: string
}

/** What an undo is given. `result` is missing when the outcome of the step is unknown. */
export interface UndoContext<Input, Results, Result> extends StepContext<Input, Results> {
  readonly result?: Result
}

/** What `record` is given. */
export interface RecordContext<Input, Results, Result> {
  readonly input: Input
  readonly results: Results
  readonly result: Result
  readonly key: string
  readonly sagaId: string
}

/** The other side's answer to "did it happen?". `false` means: definitely not, and it may be run again. */
export type Confirmation<Result> = { readonly happened: true; readonly result: Result } | { readonly happened: false }

/**
 * What a step's `run` returned, without the promise and the rejection. It is kept as JSON, so return plain data: of a `Date` the later
 * steps see its text, whatever its type says.
 */
export type ResultOf<Returned> = Exclude<Awaited<Returned>, Rejection>

type Eventually<T> = T | Promise<T>

/** A step that stands before the pivot. */
export interface StepOptions<Input, Results, Returned> {
  /**
   * Does it. Returns a JSON result, or `reject(…)` for a business answer that says no: nothing happened, and nothing will.
   * A throw that is retryable (a `WatertightError` that says so, a timeout, or what `transient` accepts) is tried again
   * under the same key; any other throw is a defect and parks the saga.
   */
  run(context: StepContext<Input, Results>): Returned
  /**
   * Takes it back. Called under the same key, perhaps more than once, and also when nobody knows whether `run` happened:
   * it must be safe when nothing did, and it **closes the key**: the participant refuses a `run` that comes later.
   */
  undo?(context: UndoContext<Input, Results, ResultOf<NoInfer<Returned>>>): unknown
  /** Asks the other side, after an unknown outcome, whether `run` happened. Without it `run` is repeated under its key. */
  confirm?(context: StepContext<Input, Results>): Eventually<Confirmation<ResultOf<NoInfer<Returned>>>>
  /**
   * Parts for the commit that records the step's result: this is how a local effect or the domain's own event is written
   * together with it. Called again when one of its parts conflicts; use `key` as the append id.
   */
  record?(context: RecordContext<Input, Results, ResultOf<NoInfer<Returned>>>): Eventually<CommitParts | undefined>
  /** The time one attempt has. Default `30s`. */
  readonly timeout?: Duration
  /** How transient failures of `run` and `confirm` are tried again. Default 5 attempts; without end after the pivot. */
  readonly retry?: RetryOptions
  /** How a failing undo is tried again before the saga is parked. Default 10 attempts. */
  readonly undoRetry?: RetryOptions
  /** A resilience pipeline that `run`, `confirm` and `undo` go through. A call it refuses was definitely not made. */
  readonly via?: StepPipeline
  /** How many instances at most are inside this step at once, in this process. Default 256. */
  readonly concurrency?: number
  /** Accepts a thrown error as transient. Default: what says of itself that it is retryable. */
  transient?(error: unknown): boolean
}

/** A step behind the pivot: it cannot be undone, so it is retried until it is done. */
export interface RetriableStepOptions<Input, Results, Returned> extends StepOptions<Input, Results, Returned> {
  undo?: never
  undoRetry?: never
}

/** One checked step of a definition. */
export interface StepPlan {
  readonly name: string
  readonly index: number
  /** Behind the pivot nothing is undone any more. */
  readonly afterPivot: boolean
  readonly optional: boolean
  readonly timeoutMs: number
  readonly retry: Backoff
  readonly undoRetry: Backoff
  readonly concurrency: number
  readonly via: StepPipeline | undefined
  readonly actions: StepActions
}

/** The functions of a step, with their types forgotten. */
export type StepActions = Pick<
  StepOptions<unknown, unknown, unknown>,
  'run' | 'undo' | 'confirm' | 'record' | 'transient'
>
