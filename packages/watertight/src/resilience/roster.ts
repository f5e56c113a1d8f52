import type { Cause } from '../runtime/cancellation.ts'

/** A call that can stand in a {@link Roster}; the links are the roster's. */
export interface Listed {
  before: Listed | undefined
  after: Listed | undefined
  /** Ends it. */
  end(cause: Cause): void
}

/** All calls that are under way, to be found when a process shuts down. Joining and leaving change two links. */
export class Roster {
  /**
   * A call that is never made. V8 forgets the shape of objects of which none is left at a full collection, and throws away all code
   * that it has optimised for them: the first calls after it would be slow again, and take half as much memory more.
   */
  specimen: Listed | undefined = undefined
  #last: Listed | undefined
  #size = 0
  #whenEmpty: PromiseWithResolvers<void> | undefined

  get size(): number {
    return this.#size
  }

  join(entry: Listed): void {
    const last = this.#last
    entry.before = last
    if (last !== undefined) last.after = entry
    this.#last = entry
    this.#size++
  }

  leave(entry: Listed): void {
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
  entries(): Listed[] {
    const all: Listed[] = []
    for (let entry = this.#last; entry !== undefined; entry = entry.before) all.push(entry)
    return all
  }
}
