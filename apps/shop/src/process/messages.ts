import type { PipelineState } from 'watertight'
import type { Faults } from '../contract/faults.ts'

/** What the supervisor tells a process, over the IPC channel of `child_process.fork`. When the channel closes, the process ends. */
export type ToProcess =
  | { readonly type: 'faults'; readonly faults: Faults }
  /** Stop accepting, finish what is under way for at most `drainMs`, close the database, exit 0. */
  | { readonly type: 'stop'; readonly drainMs: number }
  /** Answer with `snapshot`. */
  | { readonly type: 'snapshot'; readonly request: number }

/** What a process tells the supervisor. */
export type FromProcess =
  | { readonly type: 'ready' }
  /** Could not start; the process exits with 1 right after. One line for a person. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'snapshot'; readonly request: number; readonly snapshot: ServiceSnapshot }

/** What a process knows of itself: plain numbers and states for the live line and the report. */
export interface ServiceSnapshot {
  /** Requests being answered right now. */
  readonly inFlight: number
  /** The pipelines of what this process calls, by name of the callee. */
  readonly pipelines?: Readonly<Record<string, PipelineState>>
  /** Sagas by state: running, waiting, compensating, parked, completed, compensated. */
  readonly sagas?: Readonly<Record<string, number>>
  /** Local refusals by code since the start. */
  readonly refused?: Readonly<Record<string, number>>
  /** Faults injected so far, by kind (external processes). */
  readonly injected?: Readonly<Record<string, number>>
}
