import type { StoredEvent } from '../store/event.ts'
import type { Position } from '../store/position.ts'
import type { Store } from '../store/store.ts'
import { endOfLog, liveVersionRow, readLiveVersion } from './live-version.ts'
import type { Projection } from './projection.ts'

/** A row that a batch of events changed. */
export interface RowEffect<Row> {
  readonly key: string
  readonly tenant: string
  readonly before: Row | undefined
  /** `undefined`: deleted. */
  readonly after: Row | undefined
  /** What changed it, in order. At least one; their ids say what was done before. */
  readonly events: readonly StoredEvent[]
}

/**
 * What a projection does in the world when its rows change: a push to a page, a message. At least once for each change;
 * a rejection repeats the batch. Only for events that happen while its version is the live one: what is rebuilt was done before.
 */
export type ProjectionEffect<Row> = (
  changes: readonly RowEffect<Row>[],
  context: { readonly signal: AbortSignal },
) => Promise<void> | void

/**
 * Lets effects through for the live version only, and for events behind the place from which it is. A projection that was
 * never live becomes so here, from the end of the log on.
 */
export class EffectGate {
  readonly #projection: Projection<unknown>
  readonly #store: Store

  constructor(projection: Projection<unknown>, store: Store) {
    this.#projection = projection
    this.#store = store
  }

  /** Effects are for events behind this position. */
  async opensAt(): Promise<Position> {
    const { name, version } = this.#projection
    for (;;) {
      const { live, row } = await readLiveVersion(this.#store, name)
      if (live) return live.version === version ? live.since : Number.POSITIVE_INFINITY
      const since = await endOfLog(this.#store)
      await this.#store.commit({ rows: [liveVersionRow(this.#projection, since, row)] })
    }
  }
}
