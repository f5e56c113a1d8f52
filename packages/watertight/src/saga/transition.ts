import type { SagaDefinition } from './definition.ts'
import type { Effect, SagaCause, SagaEvent } from './saga-event.ts'
import type { SagaState } from './state.ts'
import { fold } from './state.ts'
import type { StepPlan } from './step.ts'

/** What is to be done next; nothing, when the instance has ended or is parked. */
export type NextAction = { readonly kind: 'run' | 'undo'; readonly step: StepPlan }

/** Reads from the state what is to be done next. */
export function nextAction(definition: SagaDefinition, state: SagaState): NextAction | undefined {
  if (state.status === 'running') {
    const step = definition.steps.find(({ name }) => name === state.current)
    return step && { kind: 'run', step }
  }
  if (state.status === 'compensating') {
    const step = nextUndo(definition, state)
    return step && { kind: 'undo', step }
  }
  return undefined
}

/** The first events of an instance: its start, and the intent of its first step. */
export function started(definition: SagaDefinition, input: unknown): readonly SagaEvent[] {
  const { name, version, digest } = definition
  return [{ type: 'started', data: { saga: name, version, digest, input } }, ...following(definition, -1)]
}

/** A step succeeded, or a person says so (`supplied`: the reason). */
export function succeeded(
  definition: SagaDefinition,
  step: StepPlan,
  result: unknown,
  supplied?: string,
): readonly SagaEvent[] {
  const data = supplied === undefined ? { step: step.name, result } : { step: step.name, result, supplied }
  return [{ type: 'done', data }, ...following(definition, step.index)]
}

/** The saga goes on without a step. */
export function skipped(
  definition: SagaDefinition,
  step: StepPlan,
  reason: string,
  effect: Effect,
): readonly SagaEvent[] {
  return [{ type: 'skipped', data: { step: step.name, reason, effect } }, ...following(definition, step.index)]
}

/** The saga turns back; `effect`: whether the step it stands at may have happened and must be undone as well. */
export function turnedBack(
  definition: SagaDefinition,
  state: SagaState,
  cause: SagaCause,
  effect: Effect,
): readonly SagaEvent[] {
  return withEnd(definition, state, { type: 'compensating', data: { cause, effect } })
}

/** A step was undone, or a person says that it need not be (`skippedWhy`). */
export function undone(
  definition: SagaDefinition,
  state: SagaState,
  step: StepPlan,
  skippedWhy?: string,
): readonly SagaEvent[] {
  const data = skippedWhy === undefined ? { step: step.name } : { step: step.name, skipped: skippedWhy }
  return withEnd(definition, state, { type: 'undone', data })
}

/** Whether the instance stands at a step from which there is no way back. */
export function isPastPivot(definition: SagaDefinition, state: SagaState): boolean {
  return definition.steps.some(({ name, afterPivot }) => afterPivot && name in state.steps)
}

function following(definition: SagaDefinition, index: number): readonly SagaEvent[] {
  const next = definition.steps[index + 1]
  return [next ? { type: 'intended', data: { step: next.name } } : { type: 'completed', data: {} }]
}

function withEnd(definition: SagaDefinition, state: SagaState, event: SagaEvent): readonly SagaEvent[] {
  const isEnd = nextUndo(definition, fold(state, [event])) === undefined
  return isEnd ? [event, { type: 'compensated', data: {} }] : [event]
}

function nextUndo(definition: SagaDefinition, state: SagaState): StepPlan | undefined {
  return definition.steps.findLast(({ name, actions }) => {
    const status = state.steps[name]
    return actions.undo !== undefined && status !== undefined && status !== 'clean' && status !== 'undone'
  })
}
