import type { CommitParts } from '../event-store/commit-parts.ts'
import { withParts } from '../event-store/commit-parts.ts'
import type { SagaDefinition } from './definition.ts'
import { endOf } from './saga-end.ts'
import type { SagaEvent } from './saga-event.ts'
import type { SagaState } from './state.ts'
import { fold } from './state.ts'
import type { InstanceId } from './unfinished-index.ts'

/** Makes the user's parts of a commit; called again when one of them conflicts. */
export type PartsMaker = () => CommitParts | undefined | Promise<CommitParts | undefined>

interface Change {
  readonly definition: SagaDefinition
  readonly id: InstanceId
  readonly before: SagaState
  readonly events: readonly SagaEvent[]
}

/** What the user adds to a commit: the step's own parts, and those of the end when the events lead to one. */
export async function partsOf(
  { definition, id, before, events }: Change,
  make: PartsMaker | undefined,
): Promise<CommitParts | undefined> {
  const { recordEnd } = definition
  const end = recordEnd && endOf(id.id, fold(before, events))
  const parts = await make?.()
  if (end === undefined) return parts
  const more = await recordEnd?.(end)
  return parts ? withParts(parts, more) : more
}
