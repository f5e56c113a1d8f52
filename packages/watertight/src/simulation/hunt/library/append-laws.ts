import type { Commit, Committed } from '../../../store/commit.ts'
import type { Moved } from './ledger.ts'

/** What a store must keep, commit by commit: expected versions, and nothing written twice. */
export class AppendLaws {
  readonly #written = new Set<string>()
  #broken: string | undefined

  /** The first that was not kept. */
  get broken(): string | undefined {
    return this.#broken
  }

  committed({ appends = [] }: Commit, committed: Committed): void {
    if (!committed.ok || committed.repeated) return
    for (const [i, { expected, events }] of appends.entries()) {
      const version = committed.versions[i]
      if (typeof expected === 'number' && version !== expected + events.length)
        this.#broken ??= `an append behind version ${expected} came to stand at ${version}`
      for (const { data } of events) this.#write((data as Moved).value)
    }
  }

  #write(value: string): void {
    if (this.#written.has(value)) this.#broken ??= `${value} is written twice`
    this.#written.add(value)
  }
}
