import { isWatertightError } from 'watertight'
import type { Position, ReadLog, Store } from 'watertight/store'

/** What a subscriber has seen, and where it began anew. */
export interface Seen {
  readonly name: string
  readonly filter: Pick<ReadLog, 'categories'>
  /** Positions, in the order in which it took them. */
  readonly positions: Position[]
  /** How often it forgot where it was, and went on from its checkpoint. */
  restarts: number
}

export interface SubscriberOptions {
  readonly store: Store
  readonly name: string
  readonly filter: Pick<ReadLog, 'categories'>
  /** A number in [0, 1) for each batch. */
  readonly chance: () => number
  /** True when nothing more is written: then it ends when it has come to the end. */
  readonly isDone: () => boolean
  readonly signal: AbortSignal
}

/** Follows the log in memory, from its beginning. */
export async function follow({ store, name, filter, isDone, signal }: SubscriberOptions): Promise<Seen> {
  const seen: Seen = { name, filter, positions: [], restarts: 0 }
  let after: Position = 0
  for (let isLast = false; !isLast; ) {
    isLast = isDone()
    const page = await patiently(() => store.readLog({ ...filter, after, max: 200 }))
    seen.positions.push(...page.events.map(({ position }) => position))
    if (page.settled > after) isLast = false
    after = page.settled
    if (!isLast && page.events.length === 0) await patiently(() => store.changed(after, signal))
  }
  return seen
}

/**
 * Follows the log from a checkpoint that it moves with each batch. Now and then it dies before or after moving it, and goes on
 * from where it stands. Only what its checkpoint says it has taken counts.
 */
export async function followFromCheckpoint(options: SubscriberOptions): Promise<Seen> {
  const { store, name, filter, chance, isDone, signal } = options
  const seen: Seen = { name, filter, positions: [], restarts: 0 }
  let from = await patiently(() => store.checkpoint(name))
  for (let isLast = false; !isLast; ) {
    isLast = isDone()
    const start = from
    const page = await patiently(() => store.readLog({ ...filter, after: start, max: 100 }))
    if (page.settled === start) {
      if (!isLast) await patiently(() => store.changed(start, signal))
      continue
    }
    isLast = false
    const dies = chance()
    if (dies < 0.05) {
      seen.restarts++
      from = await patiently(() => store.checkpoint(name))
      continue
    }
    try {
      await store.commit({ checkpoint: { name, from: start, to: page.settled } })
    } catch (error) {
      // It may have been moved: it says so itself.
      if (!isWatertightError(error, 'STORE_UNAVAILABLE')) throw error
    }
    from = await patiently(() => store.checkpoint(name))
    if (from === page.settled) seen.positions.push(...page.events.map(({ position }) => position))
    else if (from !== start) throw new Error(`checkpoint ${name} went from ${start} to ${from}, not ${page.settled}`)
  }
  return seen
}

/** While the database is away, again. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isWatertightError(error, 'STORE_UNAVAILABLE')) throw error
    }
  }
}
