import { isWatertightError } from '../runtime/error.ts'
import { invalidOption, refuseUnknown, requirePositiveInteger } from '../runtime/option.ts'
import type { RowWrite } from '../store/commit.ts'
import { DEFAULT_TENANT, type StreamId } from '../store/event.ts'
import type { Version } from '../store/position.ts'
import type { Store } from '../store/store.ts'

/** How the state of long streams is kept, so that not all of it is read each time. The state must be JSON data. */
export interface SnapshotOptions<State> {
  /** A snapshot is written with an append that reaches a multiple of so many events. */
  readonly every: number
  /** Raise it when the state changes its shape or meaning: snapshots of another number are passed over. Default: 1. */
  readonly schema?: number
  /** Checks what was stored: what it throws means that the snapshot is passed over. Default: trusts it. */
  readonly parse?: (state: unknown) => State
}

/** A state, and the version of the stream it was folded to. */
export interface Snapshot<State> {
  readonly version: Version
  readonly state: State
}

/** Snapshots after validation. */
export type SnapshotSettings<State> = Required<SnapshotOptions<State>>

/** @throws WatertightError `INVALID_OPTION` */
export function snapshotSettings<State>(owner: string, options: SnapshotOptions<State>): SnapshotSettings<State> {
  refuseUnknown(`snapshot of ${owner}`, options, ['every', 'schema', 'parse'])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema's number says that it is one
  const { every, schema = 1, parse = (state: unknown) => state as State } = options
  if (typeof parse !== 'function') throw invalidOption('snapshot.parse', parse, 'a function')
  return {
    every: requirePositiveInteger('snapshot.every', every),
    schema: requirePositiveInteger('snapshot.schema', schema),
    parse,
  }
}

function snapshotTable({ tenant, category }: StreamId): string {
  return tenant === DEFAULT_TENANT ? `@snapshots/${category}` : `@snapshots/${category}/${tenant}`
}

/** The last snapshot of a stream; `undefined` when there is none that can be used: then the events say all. */
export async function readSnapshot<State>(
  store: Store,
  stream: StreamId,
  { schema, parse }: SnapshotSettings<State>,
): Promise<Snapshot<State> | undefined> {
  try {
    const row = await store.row(snapshotTable(stream), stream.id)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every field is looked at
    const found = row?.value as {
      readonly schema?: unknown
      readonly version?: unknown
      readonly state?: unknown
    } | null
    if (found?.schema !== schema || !Number.isSafeInteger(found.version)) return undefined
    return { version: Number(found.version), state: parse(found.state) }
  } catch (error) {
    // What the store says is no matter of the snapshot; anything else is, and makes it useless.
    if (isWatertightError(error) && error.code.startsWith('STORE_')) throw error
    return undefined
  }
}

/** The snapshot that is due with the events that led from version `before` to `after`, for their commit. */
export function snapshotRow<State>(
  stream: StreamId,
  { every, schema }: SnapshotSettings<State>,
  before: Version,
  after: Version,
  state: State,
): readonly RowWrite[] {
  if (Math.floor(after / every) === Math.floor(before / every)) return []
  return [{ table: snapshotTable(stream), key: stream.id, value: { schema, version: after, state } }]
}
