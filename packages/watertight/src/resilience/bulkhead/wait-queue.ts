import { PRIORITY_LEVELS } from '../call.ts'

/** A place in a {@link WaitQueue}. */
export interface Waiting {
  readonly priority: number
  /** Links of the queue it stands in: not for others. */
  before: Waiting | undefined
  after: Waiting | undefined
  queued: boolean
}

interface Lane<Entry> {
  first: Entry | undefined
  last: Entry | undefined
}

/**
 * Who waits, first come first served within a priority, higher priorities first. Joining, leaving from anywhere and taking
 * the next all take constant time: an array would have to move everyone up.
 */
export class WaitQueue<Entry extends Waiting> {
  readonly #lanes: readonly Lane<Waiting>[] = Array.from({ length: PRIORITY_LEVELS }, () => ({
    first: undefined,
    last: undefined,
  }))
  #length = 0

  get length(): number {
    return this.#length
  }

  join(entry: Entry): void {
    const lane = this.#lane(entry)
    entry.before = lane.last
    entry.after = undefined
    if (lane.last === undefined) lane.first = entry
    else lane.last.after = entry
    lane.last = entry
    entry.queued = true
    this.#length++
  }

  /** True when it stood in the queue. */
  leave(entry: Entry): boolean {
    if (!entry.queued) return false
    const lane = this.#lane(entry)
    if (entry.before === undefined) lane.first = entry.after
    else entry.before.after = entry.after
    if (entry.after === undefined) lane.last = entry.before
    else entry.after.before = entry.before
    entry.before = entry.after = undefined
    entry.queued = false
    this.#length--
    return true
  }

  /** Takes out who is next. */
  next(): Entry | undefined {
    const entry = this.peek()
    if (entry !== undefined) this.leave(entry)
    return entry
  }

  /** Who is next. */
  peek(): Entry | undefined {
    for (let level = PRIORITY_LEVELS - 1; level >= 0; level--) {
      // Only entries given to `join` are in the lanes.
      const entry = this.#lanes[level]?.first as Entry | undefined
      if (entry !== undefined) return entry
    }
    return undefined
  }

  /** Who came last of those with the highest priority that is there. */
  newest(): Entry | undefined {
    // Only entries given to `join` are in the lanes.
    return this.#lanes.findLast(({ last }) => last !== undefined)?.last as Entry | undefined
  }

  /** Who waits longest of those with the lowest priority that is there: the one to give up first. */
  least(): Entry | undefined {
    // Only entries given to `join` are in the lanes.
    return this.#lanes.find(({ first }) => first !== undefined)?.first as Entry | undefined
  }

  #lane(entry: Entry): Lane<Waiting> {
    return this.#lanes[entry.priority] as Lane<Waiting>
  }
}
