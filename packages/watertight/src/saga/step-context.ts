import type { SagaState } from './state.ts'
import type { StepContext, StepPlan, UndoContext } from './step.ts'
import type { InstanceId } from './unfinished-index.ts'

type Unsignalled<Context> = Omit<Context, 'signal'>

/** The stable idempotency key of a step: `<saga id>/<step>`. */
export function keyOf({ id }: InstanceId, { name }: StepPlan): string {
  return `${id}/${name}`
}

/** What a step's `run` and `confirm` are given, beside the signal of the call. */
export function stepContext(
  instance: InstanceId,
  { input, results }: SagaState,
  step: StepPlan,
  attempt: number,
): Unsignalled<StepContext<unknown, unknown>> {
  return { input, results, key: keyOf(instance, step), attempt, sagaId: instance.id }
}

/** What a step's `undo` is given, beside the signal of the call: the step's result too, when it is known. */
export function undoContext(
  instance: InstanceId,
  state: SagaState,
  step: StepPlan,
  attempt: number,
): Unsignalled<UndoContext<unknown, unknown, unknown>> {
  const context = stepContext(instance, state, step, attempt)
  return step.name in state.results ? { ...context, result: state.results[step.name] } : context
}
