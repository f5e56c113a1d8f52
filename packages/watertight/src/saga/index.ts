export type { RetryOptions } from './backoff.ts'
export { saga } from './definition.ts'
export type { CompensableSteps, NoResults, RetriableSteps, SagaDefinition, SagaEnd, SagaOptions } from './definition.ts'
export { sagaEngine } from './engine.ts'
export type { SagaEngine, SagaEngineOptions, SagaLimits, StartOptions } from './engine.ts'
export type { Reached, SagaHandle, WaitOptions } from './handle.ts'
export type { ParkedSaga, UnclaimedSaga } from './parking.ts'
export type { SagaCause, SagaEvent } from './saga-event.ts'
export type { Input } from './saga-input.ts'
export type { SagaEvents } from './saga-events.ts'
export type { SagaState, SagaStatus, StepStatus } from './state.ts'
export type {
  Confirmation,
  RecordContext,
  ResultOf,
  RetriableStepOptions,
  StepContext,
  StepOptions,
  UndoContext,
} from './step.ts'
export type { LiveStepPipeline, PipelineOutcome, StepPipeline } from './step-pipeline.ts'
export type { InstanceId } from './unfinished-index.ts'
