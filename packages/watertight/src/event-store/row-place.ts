import type { RowWrite } from '../store/commit.ts'
import type { Store } from '../store/store.ts'
import { decodeRow, type ProjectedRow } from './projected-row.ts'
import type { ReadModelTarget, TargetRefusal, TargetWrite } from './read-model-target.ts'

/** A row that was read, and the guard of writing it. */
export interface PlacedRow {
  readonly key: string
  readonly current: ProjectedRow
  /** Version of the stored row; 0 when there is none, or it is not in the store. */
  readonly version: number
}

/** A row to be written, and what it was. */
export interface RowChange {
  readonly before: PlacedRow
  readonly after: ProjectedRow
}

/** What writing comes to: rows for the commit, and refusals of the target. */
export interface Written {
  readonly rows: readonly RowWrite[]
  readonly refused: readonly TargetRefusal[]
}

/** Where the rows of a projection are: in the store, where they are part of the commit, or in a target. */
export class RowPlace {
  readonly #store: Store
  readonly #target: ReadModelTarget | undefined
  /** A deleted row leaves its place behind. Not needed where nothing but the commit of the checkpoint writes rows. */
  readonly #keepsDeleted: boolean

  constructor(store: Store, target: ReadModelTarget | undefined, keepsDeleted: boolean) {
    this.#store = store
    this.#target = target
    this.#keepsDeleted = keepsDeleted
  }

  async read(table: string, keys: readonly string[]): Promise<readonly PlacedRow[]> {
    if (this.#target) {
      const rows = await this.#target.read(table, keys)
      return keys.map((key, i) => ({ key, current: rows[i] ?? { at: 0 }, version: 0 }))
    }
    const rows = await this.#store.rows(table, keys)
    return keys.map((key, i) => ({ key, current: decodeRow(rows[i]?.value), version: rows[i]?.version ?? 0 }))
  }

  /** Writes to the target; for the store it only makes what the commit has to write, guarded by what was read. */
  async write(
    table: string,
    changes: readonly RowChange[],
    options?: { readonly replace?: boolean },
  ): Promise<Written> {
    if (this.#target) {
      const rows = changes.map(({ before, after }): TargetWrite => ({ key: before.key, ...after }))
      return { rows: [], refused: rows.length > 0 ? await this.#target.write(table, rows, options) : [] }
    }
    const rows = changes.map(({ before, after }): RowWrite => {
      const isGone = after.row === undefined && !this.#keepsDeleted
      return { table, key: before.key, value: isGone ? undefined : after, ifVersion: before.version }
    })
    return { rows, refused: [] }
  }
}

/** Where the rows of `projection` are. */
export function rowPlace(
  { perStream }: { readonly perStream: boolean },
  store: Store,
  target: ReadModelTarget | undefined,
): RowPlace {
  return new RowPlace(store, target, perStream)
}
