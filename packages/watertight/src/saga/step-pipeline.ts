import type { Runtime } from '../runtime/runtime.ts'

/** How a call through a pipeline ended, as far as a saga needs to know. */
export type PipelineOutcome<T> =
  | { readonly kind: 'success'; readonly value: T }
  | { readonly kind: 'failure' | 'overloaded' | 'ignored'; readonly error: unknown }
  | { readonly kind: 'cancelled'; readonly cause: string }
  | { readonly kind: 'refused'; readonly by: string; readonly code: string; readonly retryAfterMs?: number | undefined }

/** A pipeline's instance on one runtime. */
export interface LiveStepPipeline {
  outcome<T>(
    run: (call: { readonly signal: AbortSignal }) => T | Promise<T>,
    options?: { readonly signal?: AbortSignal },
  ): PipelineOutcome<T> | Promise<PipelineOutcome<T>>
  readonly events?: { on(type: 'breaker.closed' | 'breaker.halfOpened', listener: () => void): () => void }
}

/**
 * What `via` takes: a pipeline definition of `watertight`, bound to the engine's runtime when it is first used. One without stand-ins:
 * a step whose pipeline answered instead of the participant would count as done.
 */
export interface StepPipeline {
  /** Never present: refuses pipelines with stand-ins. */
  readonly typed?: { readonly adds: never }
  readonly policies?: ReadonlyMap<string, { readonly standsIn?: true }>
  on(runtime: Runtime): LiveStepPipeline
}
