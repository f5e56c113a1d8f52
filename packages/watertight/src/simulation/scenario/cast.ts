import type { LivePipeline, Pipeline } from '../../resilience/index.ts'
import type { Arrivals } from '../model/arrivals.ts'
import type { Law } from '../model/law.ts'
import type { LoadCall } from './load-call.ts'
import type { ObservedService } from './record/observed-service.ts'
import type { Fault, Phase } from './run-record.ts'

/** What becomes of one request. What it throws, or rejects with, is a failure of the request. */
export type Handler = (call: LoadCall) => unknown

/** Clients that wait for an answer before they ask again. */
export interface DeclaredClients {
  readonly clients: number
  readonly thinkTime: Law
  readonly overMs: number
}

/** A load, as it was declared: an open one, or that of closed clients. */
export interface DeclaredLoad {
  readonly source: Arrivals | DeclaredClients
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
