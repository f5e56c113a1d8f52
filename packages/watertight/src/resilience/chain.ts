/** What stands in a {@link Chain}: the links are the chain's. */
export interface Linked<Entry> {
  before: Entry | undefined
  after: Entry | undefined
}

/**
 * A list of entries that carry their own links, so that joining and leaving take constant time wherever they stand, and no room.
 * An entry stands in one chain at a time. (Where every call joins and leaves, a list of its own for one kind of entry is faster.)
 */
export class Chain<Entry extends Linked<Entry>> {
  first: Entry | undefined = undefined
  last: Entry | undefined = undefined

  /** Puts it behind all others. */
  append(entry: Entry): void {
    const { last } = this
    entry.before = last
    entry.after = undefined
    if (last === undefined) this.first = entry
    else last.after = entry
    this.last = entry
  }

  /** Takes it out. It must stand in this chain. */
  remove(entry: Entry): void {
    const { before, after } = entry
    if (before === undefined) this.first = after
    else before.after = after
    if (after === undefined) this.last = before
    else after.before = before
    entry.before = entry.after = undefined
  }
}
