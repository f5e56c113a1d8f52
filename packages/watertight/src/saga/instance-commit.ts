import type { CommitParts } from '../event-store/commit-parts.ts'
import { withParts } from '../event-store/commit-parts.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Commit, Fence } from '../store/commit.ts'
import type { NewEvent, StoredEvent } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import type { SagaEvent } from './saga-event.ts'
import { SAGA_EVENT_SCHEMA } from './saga-event.ts'
import type { SagaState } from './state.ts'
import { fold } from './state.ts'
import type { InstanceId } from './unfinished-index.ts'
import { HINTS, indexWrites, instanceKey, instanceStream } from './unfinished-index.ts'

const TYPE_PREFIX = 'saga.'

export interface InstanceChange {
  readonly runtime: Runtime
  readonly instance: InstanceId
  readonly before: SagaState | undefined
  readonly events: readonly SagaEvent[]
  readonly parts?: CommitParts | undefined
  /** The owner's fence. Without it, a hint for the owner is written as well. */
  readonly fence?: Fence | undefined
}

/** The one commit that takes an instance from one state to the next: events, index, timers, and what the user adds. */
export function instanceCommit({ runtime, instance, before, events, parts, fence }: InstanceChange): Commit {
  const after = fold(before, events)
  const last = events.at(-1)
  const asleepForMs = last?.type === 'waiting' ? last.data.inMs : 0
  const { rows, set, clear } = indexWrites(instance, before, after, { asleepForMs, now: runtime.wallTime() })
  const hint = { table: HINTS, key: `${instanceKey(instance)}/${runtime.id()}`, value: instance }
  const commit: Commit = {
    appends: [
      {
        stream: instanceStream(instance),
        expected: before === undefined ? 'absent' : before.version,
        appendId: runtime.id(),
        events: events.map((event) => newEvent(runtime, instance, event)),
      },
    ],
    rows: fence ? rows : [...rows, hint],
    timers: { set, clear },
  }
  return withParts(fence ? { ...commit, fence } : commit, parts)
}

/** The events of an instance behind a version, oldest first, and where its stream stands. */
export async function readInstance(
  store: Store,
  instance: InstanceId,
  after: number,
): Promise<{ readonly events: readonly SagaEvent[]; readonly stored: readonly StoredEvent[] }> {
  const stored: StoredEvent[] = []
  for (;;) {
    const from = after + stored.length + 1
    const page = await store.readStream(instanceStream(instance), { from })
    stored.push(...page.events)
    if (page.events.length === 0 || after + stored.length >= page.version) break
  }
  return { events: stored.map(sagaEvent), stored }
}

function newEvent(runtime: Runtime, { saga, id }: InstanceId, { type, data }: SagaEvent): NewEvent {
  return {
    id: runtime.id(),
    type: TYPE_PREFIX + type,
    schema: SAGA_EVENT_SCHEMA,
    data,
    meta: { correlation: id, causation: `${saga}/${id}` },
  }
}

function sagaEvent({ type, data }: StoredEvent): SagaEvent {
  return { type: type.slice(TYPE_PREFIX.length), data } as SagaEvent
}
