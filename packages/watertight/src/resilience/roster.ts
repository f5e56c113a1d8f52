/** Who can stand in a {@link Roster}; the links are the roster's. */
export interface Listed<Entry> {
  before: Entry | undefined
  after: Entry | undefined
}

/** Everyone who is under way, to be found when a process shuts down. Joining and leaving change two links. */
export class Roster<Entry extends Listed<Entry>> {
  #last: Entry | undefined
  #size = 0
  #whenEmpty: PromiseWithResolvers<void> | undefined

  get size(): number {
    return this.#size
  }

  join(entry: Entry): void {
    const last = this.#last
    entry.before = last
    if (last !== undefined) last.after = entry
    this.#last = entry
    this.#size++
  }

  leave(entry: Entry): void {
    const { before, after } = entry
    if (before !== undefined) before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    entry.before = entry.after = undefined
    if (--this.#size === 0) this.#whenEmpty?.resolve()
  }

  /** Resolves when nobody is left. To be asked when nobody joins any more. */
  whenEmpty(): Promise<void> {
    this.#whenEmpty ??= Promise.withResolvers()
    if (this.#size === 0) this.#whenEmpty.resolve()
    return this.#whenEmpty.promise
  }

  /** All who are under way now, the latest first. */
  entries(): Entry[] {
    const all: Entry[] = []
    for (let entry = this.#last; entry !== undefined; entry = entry.before) all.push(entry)
    return all
  }
}
