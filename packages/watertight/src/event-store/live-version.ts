import type { RowWrite } from '../store/commit.ts'
import type { Position, Version } from '../store/position.ts'
import type { Store } from '../store/store.ts'
import type { Projection } from './projection.ts'

/** The table that says which version of each projection is read. */
const LIVE = '@live'

/** Which version of a projection is read, and acts on the world. */
export interface LiveVersion {
  readonly version: number
  /** It answers for the events behind this position; those before were another version's, or history. */
  readonly since: Position
}

/** The live version of a projection as it is written down, and the version of that row, to guard a change. */
export async function readLiveVersion(
  store: Store,
  name: string,
): Promise<{ readonly live: LiveVersion | undefined; readonly row: Version }> {
  const row = await store.row(LIVE, name)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this file writes the table
  return { live: row?.value as LiveVersion | undefined, row: row?.version ?? 0 }
}

/** Makes a version the live one, unless somebody else changed that meanwhile. */
export function liveVersionRow({ name, version }: Projection<unknown>, since: Position, ifVersion: Version): RowWrite {
  const value: LiveVersion = { version, since }
  return { table: LIVE, key: name, value, ifVersion }
}

/** Where the log ends. */
export async function endOfLog(store: Store): Promise<Position> {
  const { settled } = await store.readLog({ after: Number.MAX_SAFE_INTEGER, max: 1 })
  return settled
}
