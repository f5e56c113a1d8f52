import type { CommitParts } from '../event-store/commit-parts.ts'
import { isWatertightError, WatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Commit, Committed, Fence } from '../store/commit.ts'
import type { Store } from '../store/store.ts'
import { tokenOf } from '../store/token.ts'
import type { SagaDefinition } from './definition.ts'
import { instanceCommit, readInstance } from './instance-commit.ts'
import { asStored } from './json-value.ts'
import { Pause } from './pause.ts'
import type { SagaEvent } from './saga-event.ts'
import type { SagaState } from './state.ts'
import { fold } from './state.ts'
import { started } from './transition.ts'
import type { InstanceId } from './unfinished-index.ts'

const COMMIT_ATTEMPTS = 3
const PAUSE_MS = 50

export interface InstanceToStart {
  readonly runtime: Runtime
  readonly store: Store
  readonly definition: SagaDefinition
  readonly id: InstanceId
  readonly input: unknown
  readonly also: CommitParts | undefined
  /** The owner's fence; without it a hint is left for the owner. */
  readonly fence?: Fence
}

export interface StartedInstance {
  readonly repeated: boolean
  readonly token: string
  /** What was written now; missing when it had been started before. `fence`: it belongs to this process. */
  readonly state:
    | { readonly events: readonly SagaEvent[]; readonly after: SagaState; readonly fence: Fence | undefined }
    | undefined
}

/**
 * Writes the start of an instance. Its stream must not exist yet, so that `also` is never written without a start; one that
 * exists with the same input is a repetition.
 */
export async function startInstance(start: InstanceToStart): Promise<StartedInstance> {
  const { runtime, store, definition, id, also, fence } = start
  const input = asStored(start.input)
  const events = started(definition, input)
  const commit = instanceCommit({ runtime, instance: id, before: undefined, events, parts: also, fence })
  const committed = await commitRepeatedly(runtime, store, commit)
  if (committed.ok) {
    return { repeated: false, token: committed.token, state: { events, after: fold(undefined, events), fence } }
  }
  if (committed.code === 'FENCED' && fence !== undefined) {
    return await startInstance({ runtime, store, definition, id, input, also })
  }
  const past = await repeatedStart(store, id, definition, input)
  if (past !== undefined) return past
  throw new WatertightError(committed.code, `Saga ${id.saga}/${id.id} was not started: ${committed.what}.`, {
    source: id.saga,
    retryable: committed.code === 'CONFLICT',
  })
}

async function repeatedStart(
  store: Store,
  id: InstanceId,
  definition: SagaDefinition,
  input: unknown,
): Promise<StartedInstance | undefined> {
  const [first] = (await readInstance(store, id, 0)).stored
  if (first === undefined) return undefined
  const before = (first.data as { readonly input?: unknown }).input
  if (JSON.stringify(before) !== JSON.stringify(input)) {
    throw new WatertightError('ID_REUSED', `Saga ${definition.name}/${id.id} was started before, with another input.`, {
      source: definition.name,
    })
  }
  return { repeated: true, token: tokenOf(store.incarnation, first.position), state: undefined }
}

/** A commit whose fate is unknown is repeated, by its append id. */
async function commitRepeatedly(runtime: Runtime, store: Store, commit: Commit): Promise<Committed> {
  for (let tries = 1; ; tries++) {
    try {
      return await store.commit(commit)
    } catch (error) {
      if (!isWatertightError(error) || !error.retryable || tries === COMMIT_ATTEMPTS) throw error
      await new Pause(runtime).sleep(PAUSE_MS * tries)
    }
  }
}
