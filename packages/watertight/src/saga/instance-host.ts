import type { Emitter } from '../runtime/emitter.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Fence } from '../store/commit.ts'
import type { Store } from '../store/store.ts'
import type { SagaEvents } from './saga-events.ts'
import type { SagaEvent } from './saga-event.ts'
import type { SagaState } from './state.ts'
import type { StepPlan } from './step.ts'
import type { StepGate } from './step-gate.ts'
import type { LiveStepPipeline } from './step-pipeline.ts'
import type { InstanceId } from './unfinished-index.ts'

/** What a running instance needs of the engine it runs in. */
export interface InstanceHost {
  readonly runtime: Runtime
  readonly store: Store
  readonly events: Emitter<SagaEvents>
  /** Waits at least this long are durable: the instance leaves the memory meanwhile. Milliseconds. */
  readonly durableWaitMs: number
  /** No step is begun any more. */
  readonly draining: boolean
  gate(step: StepPlan): StepGate
  live(step: StepPlan): LiveStepPipeline | undefined
  /** Whether writes under this fence, and calls to participants, may still be made. */
  owns(fence: Fence): boolean
  /** The store refused this fence. */
  fenced(fence: Fence): void
  /** Events were recorded, by this instance or by somebody else. */
  recorded(id: InstanceId, events: readonly SagaEvent[], state: SagaState): void
}
