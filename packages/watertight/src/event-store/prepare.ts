import { WatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Append, Expected, RowWrite } from '../store/commit.ts'
import type { EventMeta, StoredEvent, StreamId } from '../store/event.ts'
import { streamId } from '../store/event.ts'
import type { Version } from '../store/position.ts'
import type { Store } from '../store/store.ts'
import type { CommandOf, Decider, EventOf } from './decider.ts'
import { domainEvent, storedType } from './decider.ts'
import { load } from './load.ts'
import type { PersonalData } from './personal-data/personal-data.ts'
import { sealPersonal, subjectOf } from './personal-data/personal-fields.ts'
import type { Rejection } from './rejection.ts'
import { isRejection } from './rejection.ts'
import { snapshotRow } from './snapshot.ts'

/** What a decision knew and led to: what parts of the same commit are made from. */
export interface Decided<State, Events> {
  readonly events: readonly EventOf<Events>[]
  readonly before: State
  readonly after: State
  /** The stream's version after the events. */
  readonly version: Version
}

export interface DecideOptions {
  /** Names the command: repeating it with the same key returns the first result, and nothing is decided again. */
  readonly idempotencyKey?: string
  /** What the stream must look like; otherwise the command fails with `CONFLICT`. Default: `'any'`. */
  readonly expected?: Expected
  /** Whose stream. Default: that of systems which have only one. */
  readonly tenant?: string
  /** Of the events; correlation and causation are the idempotency key unless given. */
  readonly meta?: Partial<EventMeta>
  /** Seals what the decider says is personal. */
  readonly personal?: PersonalData
  /** What it waits on and reads clocks from. Default: the system runtime. */
  readonly runtime?: Runtime
}

/** A decision that is not written yet; `append` is missing when there is nothing to write. */
export type Prepared<State, Events> =
  | (Decided<State, Events> & {
      readonly ok: true
      readonly repeated: boolean
      readonly token: string
      readonly append: Append | undefined
      /** For the same commit: a snapshot, when one is due. */
      readonly rows: readonly RowWrite[]
    })
  | { readonly ok: false; readonly rejection: Rejection }

/**
 * Decides a command and leaves the writing to somebody else's commit: a saga's start, a saga step's record. Its append
 * demands the version that was read, so a conflict there means: prepare again.
 *
 * @throws WatertightError `CONFLICT` when the stream is not as `expected`, `SCHEMA_UNKNOWN`, `TRUNCATED`, `INVALID_OPTION` when
 * events have personal fields and nobody can seal them, and the store's.
 * @example
 * const placed = await prepare(orders, order, id, order.commands.place(cart), { idempotencyKey: key })
 * if (placed.ok && placed.append) await engine.start(checkout, id, cart, { also: { appends: [placed.append], rows: placed.rows } })
 */
export async function prepare<State, Events, Commands>(
  store: Store,
  definition: Decider<State, Events, Commands>,
  id: string,
  command: CommandOf<Commands>,
  { idempotencyKey, expected = 'any', tenant, meta, personal, runtime = systemRuntime }: DecideOptions = {},
): Promise<Prepared<State, Events>> {
  const stream = streamId(definition.category, id, tenant)
  const { state: before, version, token } = await load(store, definition, id, tenant)
  // In this order: a state that has the command's own events in it must not be decided on again.
  const past = idempotencyKey === undefined ? undefined : await store.appended(stream, idempotencyKey)
  if (past !== undefined) {
    const events = await readEvents(store, definition, stream, past)
    const { version: then } = past
    return {
      ok: true,
      repeated: true,
      token: past.token,
      events,
      before,
      after: before,
      version: then,
      append: undefined,
      rows: [],
    }
  }
  if (!meets(version, expected)) {
    throw new WatertightError(
      'CONFLICT',
      `${definition.category}/${id} is at version ${version}, expected ${expected}.`,
      {
        source: definition.category,
      },
    )
  }
  const decision = definition.decide(command, before)
  if (isRejection(decision)) return { ok: false, rejection: decision }
  const events = await sealPersonal(definition, stream, decision, personal)
  const appendId = idempotencyKey ?? runtime.id()
  const after = events.reduce((state, event) => definition.evolve(state, event), before)
  const decided = { ok: true, repeated: false, token, events, before, after, version: version + events.length } as const
  if (events.length === 0) return { ...decided, append: undefined, rows: [] }
  const ofAll: EventMeta = { correlation: appendId, causation: appendId, ...meta }
  const append: Append = {
    stream,
    expected: version,
    appendId,
    events: events.map((event) => ({
      id: runtime.id(),
      type: storedType(definition.category, event.type),
      schema: definition.upcasting.schemaOf(event.type),
      data: event.data,
      ...subjectOf(definition, stream, event),
      meta: ofAll,
    })),
  }
  const { snapshot } = definition
  const rows = snapshot ? snapshotRow(stream, snapshot, version, decided.version, after) : []
  return { ...decided, append, rows }
}

async function readEvents<State, Events, Commands>(
  store: Store,
  definition: Decider<State, Events, Commands>,
  stream: StreamId,
  { version, size }: { readonly version: Version; readonly size: number },
): Promise<readonly EventOf<Events>[]> {
  const stored: StoredEvent[] = []
  while (stored.length < size) {
    const from = version - size + 1 + stored.length
    const { events } = await store.readStream(stream, { from, max: size - stored.length })
    if (events.length === 0) break
    stored.push(...events)
  }
  return stored.map((event) => domainEvent(definition, event))
}

function meets(version: Version, expected: Expected): boolean {
  if (expected === 'any') return true
  if (expected === 'absent') return version === 0
  return expected === 'present' ? version > 0 : version === expected
}
