import type { RowWrite, TimerWrite } from '../store/commit.ts'
import { streamId } from '../store/event.ts'
import type { StreamId } from '../store/event.ts'
import { fnv1a } from './fnv1a.ts'
import type { SagaCause } from './saga-event.ts'
import type { SagaState } from './state.ts'

/** Instances that want to go on: what a starting engine reads instead of the log. */
export const UNFINISHED = 'watertight.saga.unfinished'
/** Instances that wait for a person. */
export const PARKED = 'watertight.saga.parked'
/** Hints from those who wrote to an instance without owning it, for the one who does. */
export const HINTS = 'watertight.saga.hints'

const SLOTS = 1_024
const CATEGORY_PREFIX = 'saga-'

/** Names an instance among those of all sagas. */
export interface InstanceId {
  readonly saga: string
  readonly id: string
}

/** The value of a row of {@link UNFINISHED}. */
export interface UnfinishedRow extends InstanceId {
  readonly version: number
  readonly digest: string
  /** Asleep until its durable timer is due. */
  readonly asleep: boolean
}

/** The value of a row of {@link PARKED}. */
export interface ParkedRow extends InstanceId {
  readonly version: number
  readonly cause: SagaCause
  readonly while: 'running' | 'compensating'
  /** Epoch milliseconds. */
  readonly since: number
}

/** The stream of an instance: category `saga-<name>`. */
export function instanceStream({ saga, id }: InstanceId): StreamId {
  return streamId(CATEGORY_PREFIX + saga, id)
}

/** The category of a saga's streams. */
export function categoryOf(saga: string): string {
  return CATEGORY_PREFIX + saga
}

/**
 * The key of an instance in the tables and among the timers. It begins with the slot of the instance's name, so that a
 * group of slots is a range of keys; saga names have no slash, so the rest is unambiguous.
 */
export function instanceKey({ saga, id }: InstanceId): string {
  const slot = fnv1a(`${saga}/${id}`) % SLOTS
  return `${slot.toString().padStart(4, '0')}/${saga}/${id}`
}

/** How the tables and timers follow an instance from one state to the next. */
export function indexWrites(
  instance: InstanceId,
  before: SagaState | undefined,
  after: SagaState,
  { asleepForMs, now }: { readonly asleepForMs: number; readonly now: number },
): { readonly rows: readonly RowWrite[]; readonly set: readonly TimerWrite[]; readonly clear: readonly string[] } {
  const key = instanceKey(instance)
  const was = before === undefined ? 'absent' : placeOf(before)
  const is = placeOf(after)
  const rows: RowWrite[] = []
  const isListed = is === 'awake' || is === 'asleep'
  if (is !== was) {
    if (isListed) rows.push({ table: UNFINISHED, key, value: unfinishedRow(instance, after) })
    else if (was === 'awake' || was === 'asleep') rows.push({ table: UNFINISHED, key, value: undefined })
    if (was === 'parked') rows.push({ table: PARKED, key, value: undefined })
  }
  if (is === 'parked') rows.push({ table: PARKED, key, value: parkedRow(instance, after, now) })
  return {
    rows,
    set: is === 'asleep' ? [{ key, inMs: asleepForMs, stream: instanceStream(instance) }] : [],
    clear: was === 'asleep' && is !== 'asleep' ? [key] : [],
  }
}

function placeOf({ status, sleptAfter }: SagaState): 'awake' | 'asleep' | 'parked' | 'ended' {
  if (status === 'parked') return 'parked'
  if (status === 'completed' || status === 'compensated') return 'ended'
  return sleptAfter === undefined ? 'awake' : 'asleep'
}

function unfinishedRow({ saga, id }: InstanceId, state: SagaState): UnfinishedRow {
  const { definitionVersion: version, digest, sleptAfter } = state
  return { saga, id, version, digest, asleep: sleptAfter !== undefined }
}

function parkedRow({ saga, id }: InstanceId, state: SagaState, now: number): ParkedRow {
  const cause = state.parkedBecause ?? { kind: 'defect', message: 'unknown' }
  return { saga, id, version: state.definitionVersion, cause, while: state.parkedWhile ?? 'running', since: now }
}
