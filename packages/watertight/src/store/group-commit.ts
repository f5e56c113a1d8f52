import { WatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** One writer's transaction. `begin` may wait for the database; the rest is synchronous. */
export interface Transactor {
  begin(): Promise<void> | undefined
  commit(): void
  /** Undoes what was done since `begin`. Never throws. */
  rollback(): void
  /** Told after each transaction that was committed. */
  committed?(): void
}

export interface GroupCommitOptions {
  readonly runtime: Runtime
  readonly transactor: Transactor
  /** Most jobs in one transaction: bounds how long it keeps the event loop and the database. */
  readonly maxGroup: number
}

interface Waiting {
  run(): void
  resolve(): void
  reject(error: unknown): void
}

type Settle = () => void

/**
 * Puts the waiting writes of many callers into one transaction, in order of arrival: durable writes a second become flushes
 * a second times writes per flush. It gathers for one turn, and never waits for company.
 *
 * A job decides by its result, and must write nothing when it refuses. A job that throws, or a commit that fails, undoes the
 * group; its jobs are then tried one by one, so that the error reaches exactly those that cause it. Jobs must therefore be
 * fit to run again after an undo.
 *
 * @example
 * const group = new GroupCommit({ runtime, transactor, maxGroup: 256 })
 * const result = await group.run(() => applyCommit(ledger, commit, incarnation))
 */
export class GroupCommit {
  readonly #runtime: Runtime
  readonly #transactor: Transactor
  readonly #maxGroup: number
  #waiting: Waiting[] = []
  #busy = false
  #closed = false
  #drained: (() => void)[] = []

  constructor({ runtime, transactor, maxGroup }: GroupCommitOptions) {
    this.#runtime = runtime
    this.#transactor = transactor
    this.#maxGroup = maxGroup
  }

  /** Runs `job` inside a transaction; resolves once that is durable. */
  run<T>(job: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(storeClosed())
    return new Promise<T>((resolve, reject) => {
      let value: T
      const run = (): void => {
        value = job()
      }
      this.#waiting.push({ run, resolve: () => resolve(value), reject })
      this.#schedule()
    })
  }

  /** Takes no more jobs; resolves when those that wait are done. */
  close(): Promise<void> {
    this.#closed = true
    if (!this.#busy) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  #schedule(): void {
    if (this.#busy) return
    this.#busy = true
    this.#runtime.turn(() => void this.#flush())
  }

  async #flush(): Promise<void> {
    const group = this.#waiting.splice(0, this.#maxGroup)
    for (const settle of await this.#attempt(group)) settle()
    this.#busy = false
    if (this.#waiting.length > 0) this.#schedule()
    else for (const drained of this.#drained.splice(0)) drained()
  }

  async #attempt(group: readonly Waiting[]): Promise<readonly Settle[]> {
    try {
      const begun = this.#transactor.begin()
      if (begun) await begun
    } catch (error) {
      return group.map((waiting) => () => waiting.reject(error))
    }
    try {
      for (const waiting of group) waiting.run()
      this.#transactor.commit()
    } catch (error) {
      this.#transactor.rollback()
      return group.length === 1 ? group.map((waiting) => () => waiting.reject(error)) : this.#oneByOne(group)
    }
    this.#transactor.committed?.()
    return group.map((waiting) => () => waiting.resolve())
  }

  async #oneByOne(group: readonly Waiting[]): Promise<readonly Settle[]> {
    const settles: Settle[] = []
    for (const waiting of group) settles.push(...(await this.#attempt([waiting])))
    return settles
  }
}

/** What every method of a closed store rejects with. */
export function storeClosed(): WatertightError {
  return new WatertightError('STORE_CLOSED', 'The store is closed.')
}
