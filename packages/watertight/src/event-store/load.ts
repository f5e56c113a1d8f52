import { WatertightError } from '../runtime/error.ts'
import type { StreamId } from '../store/event.ts'
import { streamId } from '../store/event.ts'
import type { Position, Version } from '../store/position.ts'
import type { Store, StreamPage } from '../store/store.ts'
import { tokenOf } from '../store/token.ts'
import { type Decider, domainEvent } from './decider.ts'
import { readSnapshot, type Snapshot } from './snapshot.ts'

/** A stream, folded. */
export interface Loaded<State> {
  readonly state: State
  readonly version: Version
  /** For `atLeast` reads. */
  readonly token: string
}

/**
 * Reads and folds a stream: from its last snapshot on where it has one that can be used.
 *
 * @throws WatertightError `SCHEMA_UNKNOWN`; `TRUNCATED` when its first events were deleted and no snapshot has them; and the
 * store's.
 */
export async function load<State, Events, Commands>(
  store: Store,
  definition: Decider<State, Events, Commands>,
  id: string,
  tenant?: string,
): Promise<Loaded<State>> {
  const stream = streamId(definition.category, id, tenant)
  const snapshot = definition.snapshot && (await readSnapshot(store, stream, definition.snapshot))
  if (snapshot) {
    // The event of the snapshot itself too: it says where in the log the stream was then.
    const page = await store.readStream(stream, { from: snapshot.version })
    if (page.version >= snapshot.version) return await fold(store, definition, stream, snapshot, page)
  }
  const first = await store.readStream(stream)
  if (first.truncated !== undefined) throw truncated(stream, first.truncated)
  return await fold(store, definition, stream, { version: 0, state: definition.initial }, first)
}

async function fold<State, Events, Commands>(
  store: Store,
  definition: Decider<State, Events, Commands>,
  stream: StreamId,
  from: Snapshot<State>,
  first: StreamPage,
): Promise<Loaded<State>> {
  let { state, version } = from
  let position: Position = 0
  for (let page = first; ; page = await store.readStream(stream, { from: version + 1 })) {
    if (page.truncated !== undefined && page.truncated > version) throw truncated(stream, page.truncated)
    for (const stored of page.events) {
      if (stored.version > version) state = definition.evolve(state, domainEvent(definition, stored))
    }
    const last = page.events.at(-1)
    version = Math.max(version, last?.version ?? 0)
    position = last?.position ?? position
    if (last === undefined || version >= page.version)
      return { state, version, token: tokenOf(store.incarnation, position) }
  }
}

function truncated({ category, id }: StreamId, version: Version): WatertightError {
  return new WatertightError(
    'TRUNCATED',
    `${category}/${id} lost its events up to version ${version}, and no snapshot has them: its state cannot be known.`,
    { source: category },
  )
}
