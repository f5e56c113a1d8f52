import type { Emitter } from '../runtime/emitter.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import type { Guard, Inner, Strategy } from './policy.ts'

/** One policy of a compiled pipeline: a guard or a strategy. */
export interface Stage {
  readonly policy: string
  readonly guard: Guard | undefined
  readonly strategy: Strategy | undefined
  readonly inner: Inner
}

/** A compiled pipeline: what every flight through it shares. */
export interface Line {
  readonly name: string
  readonly runtime: Runtime
  readonly events: Emitter<PipelineEvents>
  readonly stages: readonly Stage[]
  /** For each stage the next one further out that has something to do after a success; -1: none. */
  aboveOnSuccess: readonly number[]
  /** Whether a policy asks when a call began. */
  timed: boolean
  /** Work that was abandoned and still goes on. */
  abandoned: number
  /** Work that no call waits for any more, or not one alone: abandoned, held, or detached. */
  background: number
}
