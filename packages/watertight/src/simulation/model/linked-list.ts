/** What can stand in a {@link LinkedList}, one at a time; the links are the list's. */
export interface Linked<Entry extends Linked<Entry>> {
  list: LinkedList<Entry> | undefined
  before: Entry | undefined
  after: Entry | undefined
}

/** Entries in the order in which they came. Joining, and leaving from anywhere, change two links. */
export class LinkedList<Entry extends Linked<Entry>> {
  first: Entry | undefined = undefined
  last: Entry | undefined = undefined
  size = 0

  join(entry: Entry): void {
    entry.list = this
    entry.before = this.last
    if (this.last === undefined) this.first = entry
    else this.last.after = entry
    this.last = entry
    this.size++
  }

  leave(entry: Entry): void {
    const { before, after } = entry
    if (before === undefined) this.first = after
    else before.after = after
    if (after === undefined) this.last = before
    else after.before = before
    entry.before = entry.after = entry.list = undefined
    this.size--
  }
}
