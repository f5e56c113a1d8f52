import type { LivePipeline, Pipeline } from '../../resilience/index.ts'
import type { Arrivals } from '../model/arrivals.ts'
import type { LoadCall } from './load-call.ts'
import type { ObservedService } from './record/observed-service.ts'
import type { Fault, Phase } from './run-record.ts'

/** What becomes of one request. What it throws, or rejects with, is a failure of the request. */
export type Handler = (call: LoadCall) => unknown

/** A load, as it was declared. */
export interface DeclaredLoad {
  readonly arrivals: Arrivals
  readonly withinMs: number
  readonly handler: Handler
}

/** A pipeline that is followed, and what it was made from. */
export interface FollowedPipeline {
  readonly live: LivePipeline<unknown>
  readonly definition: Pipeline<unknown>
}

/** All that a scenario has put on the stage. */
export interface Cast {
  readonly services: Map<string, ObservedService>
  readonly pipelines: Map<string, FollowedPipeline>
  readonly loads: Map<string, DeclaredLoad>
  readonly phases: Phase[]
  readonly faults: Fault[]
  /** What must always be true. */
  readonly invariants: Map<string, () => boolean>
  /** How often what must be seen was seen. */
  readonly sometimes: Map<string, number>
}
