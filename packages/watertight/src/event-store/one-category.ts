import { WatertightError } from '../runtime/error.ts'
import type { RowWrite } from '../store/commit.ts'
import type { StoredEvent } from '../store/event.ts'
import type { Store } from '../store/store.ts'
import type { Projection } from './projection.ts'

/** The table that says of which category the streams of a projection are, by checkpoint. */
export const CATEGORIES = '@categories'

/**
 * Holds a projection with a row for each stream to the streams of one category: two streams of one id in two categories would
 * share a row, and the versions of the one would hide events of the other.
 */
export class OneCategory {
  readonly #projection: Projection<unknown>
  readonly #store: Store
  #known: string | undefined

  constructor(projection: Projection<unknown>, store: Store) {
    this.#projection = projection
    this.#store = store
  }

  /**
   * What has to be written down with the batch.
   *
   * @throws WatertightError `INVALID_OPTION` for events of another category.
   */
  async hold(events: readonly StoredEvent[]): Promise<readonly RowWrite[]> {
    const first = events[0]?.stream.category
    if (first === undefined || !this.#projection.perStream) return []
    const key = this.#projection.checkpoint
    const written = this.#known ?? (await this.#store.row(CATEGORIES, key))?.value
    this.#known = typeof written === 'string' ? written : undefined
    const only = this.#known ?? first
    for (const { stream } of events) if (stream.category !== only) throw this.#two(only, stream.category)
    return this.#known === undefined ? [{ table: CATEGORIES, key, value: first, ifVersion: 0 }] : []
  }

  #two(one: string, other: string): WatertightError {
    const { name } = this.#projection
    return new WatertightError(
      'INVALID_OPTION',
      `projection ${name} has a row for each stream, but gets events of ${one} and of ${other}, where ids may be the same: give it a key, or run it on one of the categories`,
      { source: name },
    )
  }
}
