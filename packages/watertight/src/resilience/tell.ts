import type { PipelineEvents } from './pipeline-events.ts'
import type { Site } from './policy.ts'

/** What the site of a policy adds to each of its events by itself. */
type Where = 'pipeline' | 'policy'

type PolicyEvent = {
  [Type in keyof PipelineEvents]: PipelineEvents[Type] extends Readonly<Record<Where, string>> ? Type : never
}[keyof PipelineEvents]

/** Tells listeners what a policy did, and where. Makes no event when nobody listens. */
export function tell<Type extends PolicyEvent>(
  { pipeline, policy, events }: Site,
  type: Type,
  event: Omit<PipelineEvents[Type], Where>,
): void {
  if (events.observed(type)) events.emit(type, { pipeline, policy, ...event } as PipelineEvents[Type])
}
