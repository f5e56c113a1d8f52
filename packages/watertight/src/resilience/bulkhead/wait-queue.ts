import { Chain, type Linked } from '../chain.ts'
import { PRIORITY_LEVELS } from '../call.ts'

/** A place in a {@link WaitQueue}. */
export interface Waiting extends Linked<Waiting> {
  readonly priority: number
  queued: boolean
}

/**
 * Who waits, first come first served within a priority, higher priorities first. Joining, leaving from anywhere and taking
 * the next all take constant time: an array would have to move everyone up.
 */
export class WaitQueue<Entry extends Waiting> {
  /** By priority, lowest first. */
  readonly #lanes = Array.from({ length: PRIORITY_LEVELS }, () => new Chain<Waiting>())
  #length = 0

  get length(): number {
    return this.#length
  }

  join(entry: Entry): void {
    this.#lane(entry).append(entry)
    entry.queued = true
    this.#length++
  }

  /** True when it stood in the queue. */
  leave(entry: Entry): boolean {
    if (!entry.queued) return false
    this.#lane(entry).remove(entry)
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
    // Only entries given to `join` are in the lanes.
    return this.#lanes.findLast(({ first }) => first !== undefined)?.first as Entry | undefined
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

  #lane(entry: Entry): Chain<Waiting> {
    return this.#lanes[entry.priority] as Chain<Waiting>
  }
}
