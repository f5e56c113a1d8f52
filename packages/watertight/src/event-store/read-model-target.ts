import type { ProjectedRow } from './projected-row.ts'

/** A row for a target. */
export interface TargetWrite extends ProjectedRow {
  readonly key: string
}

/** Why a target will never take a row, as it is. */
export interface TargetRefusal {
  readonly key: string
  readonly error: unknown
}

/**
 * Where the rows of a projection live when it is not the store itself: a cache, a search index, files. It need not be
 * transactional. It keeps with each row the place of the last event in it, also when the row is deleted, and takes a row only
 * when its place is higher: so deliveries may be repeated and reordered, and a member that was fenced off may finish writing.
 *
 * A method rejects when the target cannot be reached: then all of it is tried again.
 */
export interface ReadModelTarget {
  /** The rows of `keys`, in their order; `undefined` where there never was one. A deleted row has a place and no row. */
  read(table: string, keys: readonly string[]): Promise<readonly (ProjectedRow | undefined)[]>
  /**
   * Writes the rows, each on its own; one without `row` is deleted. A row whose place is not higher than the place of what
   * is there is passed over, silently. Resolves with those that the target will never take, such as a value that does not
   * fit its schema.
   *
   * @param options.replace takes a row of the same place too: a repair.
   */
  write(
    table: string,
    rows: readonly TargetWrite[],
    options?: { readonly replace?: boolean },
  ): Promise<readonly TargetRefusal[]>
  /** Removes a table and all it knows of its rows. */
  drop(table: string): Promise<void>
}
