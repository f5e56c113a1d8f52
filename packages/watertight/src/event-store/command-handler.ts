import { isWatertightError, WatertightError } from '../runtime/error.ts'
import { requirePositiveInteger } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Append, Expected } from '../store/commit.ts'
import type { EventMeta, StoredEvent, StreamId } from '../store/event.ts'
import { streamId } from '../store/event.ts'
import type { Position, Version } from '../store/position.ts'
import type { Store } from '../store/store.ts'
import { tokenOf } from '../store/token.ts'
import type { CommitParts } from './commit-parts.ts'
import { withParts } from './commit-parts.ts'
import type { CommandOf, Decider, EventOf } from './decider.ts'
import { domainEvent, storedType } from './decider.ts'
import type { Rejection } from './rejection.ts'
import { inlineRows } from './inline-rows.ts'
import type { Projection } from './projection.ts'
import { isRejection } from './rejection.ts'

const ATTEMPTS = 10
/** So many conflicts are met at once, without a wait. */
const QUICK_ATTEMPTS = 3
const PAUSE_MS = 10

/** A stream, folded. */
export interface Loaded<State> {
  readonly state: State
  readonly version: Version
  /** For `atLeast` reads. */
  readonly token: string
}

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
  /** What the stream must look like; otherwise the command fails with `CONFLICT`. Default: `any`. */
  readonly expected?: Expected
  readonly tenant?: string
  /** Of the events; correlation and causation are the idempotency key unless given. */
  readonly meta?: Partial<EventMeta>
  /** Default: the system runtime. */
  readonly runtime?: Runtime
}

export interface SendOptions<State, Events> extends DecideOptions {
  /** Parts for the same commit, such as rows of inline read models; made anew after a conflict. */
  readonly also?: (decided: Decided<State, Events>) => CommitParts | undefined | Promise<CommitParts | undefined>
  /** Projections with a row for each stream, which are brought up in the same commit: see {@link inlineRows}. */
  readonly inline?: readonly Projection<unknown>[]
  /** How often at most a conflict is met by deciding again. Default 10. */
  readonly attempts?: number
}

/** A command that led to events, or was repeated, or was answered with no. */
export type Sent<Events> =
  | {
      readonly ok: true
      readonly version: Version
      readonly token: string
      readonly events: readonly EventOf<Events>[]
      /** The command had been handled before, under its idempotency key. */
      readonly repeated: boolean
    }
  | { readonly ok: false; readonly rejection: Rejection }

/** A decision that is not written yet; `append` is missing when there is nothing to write. */
export type Prepared<State, Events> =
  | (Decided<State, Events> & {
      readonly ok: true
      readonly repeated: boolean
      readonly token: string
      readonly append: Append | undefined
    })
  | { readonly ok: false; readonly rejection: Rejection }

/**
 * Reads and folds a stream.
 *
 * @throws WatertightError `SCHEMA_UNKNOWN`, and the store's.
 */
export async function load<State, Events, Commands>(
  store: Store,
  definition: Decider<State, Events, Commands>,
  id: string,
  tenant?: string,
): Promise<Loaded<State>> {
  const stream = streamId(definition.category, id, tenant)
  let state = definition.initial
  let version: Version = 0
  let position: Position = 0
  for (;;) {
    const page = await store.readStream(stream, { from: version + 1 })
    for (const stored of page.events) state = definition.evolve(state, domainEvent(definition, stored))
    const last = page.events.at(-1)
    version = last?.version ?? version
    position = last?.position ?? position
    if (last === undefined || version >= page.version)
      return { state, version, token: tokenOf(store.incarnation, position) }
  }
}

/**
 * Decides a command and leaves the writing to somebody else's commit: a saga's start, a saga step's record. Its append
 * demands the version that was read, so a conflict there means: prepare again.
 *
 * @throws WatertightError `CONFLICT` when the stream is not as `expected`, `SCHEMA_UNKNOWN`, and the store's.
 * @example
 * const placed = await prepare(orders, order, id, order.commands.place(cart), { idempotencyKey: key })
 * if (placed.ok && placed.append) await engine.start(checkout, id, cart, { also: { appends: [placed.append] } })
 */
export async function prepare<State, Events, Commands>(
  store: Store,
  definition: Decider<State, Events, Commands>,
  id: string,
  command: CommandOf<Commands>,
  { idempotencyKey, expected = 'any', tenant, meta, runtime = systemRuntime }: DecideOptions = {},
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
  const events: readonly EventOf<Events>[] = decision
  const appendId = idempotencyKey ?? runtime.id()
  const after = events.reduce((state, event) => definition.evolve(state, event), before)
  const decided = { ok: true, repeated: false, token, events, before, after, version: version + events.length } as const
  if (events.length === 0) return { ...decided, append: undefined }
  const ofAll: EventMeta = { correlation: appendId, causation: appendId, ...meta }
  const append: Append = {
    stream,
    expected: version,
    appendId,
    events: events.map(({ type, data }) => ({
      id: runtime.id(),
      type: storedType(definition.category, type),
      schema: definition.upcasting.schemaOf(type),
      data,
      meta: ofAll,
    })),
  }
  return { ...decided, append }
}

/**
 * Handles a command: looks for a repetition, reads, decides, appends; decides again when somebody was faster.
 *
 * @throws WatertightError `CONFLICT` when the stream is not as `expected`, or (retryable) was faster `attempts` times;
 *   `SCHEMA_UNKNOWN`; the code of a refused part of `also`; and the store's.
 * @example
 * const sent = await send(store, cart, id, cart.commands.addItem(item), { idempotencyKey: key })
 * if (!sent.ok) return answer(409, sent.rejection.code)
 */
export async function send<State, Events, Commands>(
  store: Store,
  definition: Decider<State, Events, Commands>,
  id: string,
  command: CommandOf<Commands>,
  options: SendOptions<State, Events> = {},
): Promise<Sent<Events>> {
  const { runtime = systemRuntime, also, inline = [] } = options
  const attempts = requirePositiveInteger('attempts', options.attempts ?? ATTEMPTS)
  // A reply of the store can be lost, so every command has a key, whether its sender gave one or not.
  const named = { ...options, idempotencyKey: options.idempotencyKey ?? runtime.id() }
  for (let tries = 1; ; tries++) {
    try {
      const prepared = await prepare(store, definition, id, command, named)
      if (!prepared.ok) return prepared
      const { append, events, version, token, repeated } = prepared
      const parts = repeated ? undefined : await also?.(prepared)
      if (append === undefined && parts === undefined) return { ok: true, version, token, events, repeated }
      const rows = append ? await Promise.all(inline.map((one) => inlineRows(store, one, append))) : []
      const committed = await store.commit(withParts({ appends: append ? [append] : [], rows: rows.flat() }, parts))
      if (committed.ok) {
        const written = append ? (committed.versions[0] ?? version) : version
        return { ok: true, version: written, token: committed.token, events, repeated: committed.repeated }
      }
      // An append id that was used meanwhile is this same command, sent twice at once.
      const isRace = committed.code === 'CONFLICT' || committed.code === 'ID_REUSED'
      if (!isRace || tries >= attempts) throw refused(definition.category, id, committed.code, committed.what)
    } catch (error) {
      if (!isWatertightError(error, 'STORE_UNAVAILABLE') || tries >= attempts) throw error
    }
    if (tries >= QUICK_ATTEMPTS) await pause(runtime, PAUSE_MS * tries * (0.5 + runtime.random('send')))
  }
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

function refused(category: string, id: string, code: string, what: string): WatertightError {
  return new WatertightError(code, `${category}/${id} was not written: ${what}.`, {
    source: category,
    retryable: code === 'CONFLICT',
  })
}

function pause(runtime: Runtime, ms: number): Promise<void> {
  return new Promise((resolve) => {
    runtime.timer(ms, resolve, true)
  })
}
