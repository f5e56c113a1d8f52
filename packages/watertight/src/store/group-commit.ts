import { WatertightError } from '../runtime/error.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** One writer's transaction. `begin` may wait for the database; the rest is synchronous. */
export interface Transactor {
  /** Waits until the instant `until` of the runtime at most. */
  begin(until: number): Promise<void> | undefined
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
  /** How long a job waits for a transaction to begin, all its attempts together, in milliseconds. Default: for ever. */
  readonly limitMs?: number
}

interface Waiting {
  /** When it gives up waiting for a transaction. */
  readonly until: number
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
 * group; it is then halved until the error is alone with the job that causes it. Jobs must therefore be fit to run again
 * after an undo. When no transaction can begin, those give up whose time is over, and the others go on waiting: however many
 * groups wait behind a locked database, nobody waits longer than the limit.
 *
 * @example
 * const group = new GroupCommit({ runtime, transactor, maxGroup: 256 })
 * const result = await group.run(() => applyCommit(ledger, commit, incarnation))
 */
export class GroupCommit {
  readonly #runtime: Runtime
  readonly #transactor: Transactor
  readonly #maxGroup: number
  readonly #limitMs: number
  #waiting: Waiting[] = []
  #busy = false
  #closed = false
  #drained: (() => void)[] = []

  constructor({ runtime, transactor, maxGroup, limitMs = Number.POSITIVE_INFINITY }: GroupCommitOptions) {
    this.#runtime = runtime
    this.#transactor = transactor
    this.#maxGroup = maxGroup
    this.#limitMs = limitMs
  }

  /** Runs `job` inside a transaction; resolves once that is durable. */
  run<T>(job: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(storeClosed())
    const until = this.#runtime.now() + this.#limitMs
    return new Promise<T>((resolve, reject) => {
      let value: T
      const run = (): void => {
        value = job()
      }
      this.#waiting.push({ until, run, resolve: () => resolve(value), reject })
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
      // They came in this order: the first is the first to give up.
      const begun = this.#transactor.begin(group[0]?.until ?? 0)
      if (begun) await begun
    } catch (error) {
      return this.#giveUp(group, error)
    }
    try {
      for (const waiting of group) waiting.run()
      this.#transactor.commit()
    } catch (error) {
      this.#transactor.rollback()
      return group.length === 1 ? group.map((waiting) => () => waiting.reject(error)) : this.#halves(group)
    }
    this.#transactor.committed?.()
    return group.map((waiting) => () => waiting.resolve())
  }

  async #halves(group: readonly Waiting[]): Promise<readonly Settle[]> {
    const middle = Math.ceil(group.length / 2)
    return [...(await this.#attempt(group.slice(0, middle))), ...(await this.#attempt(group.slice(middle)))]
  }

  #giveUp(group: readonly Waiting[], error: unknown): readonly Settle[] {
    const now = this.#runtime.now()
    const isOver = group.some(({ until }) => until <= now)
    // An error before anybody's time is over will not pass by waiting.
    const [ending, going] = isOver
      ? [group.filter(({ until }) => until <= now), group.filter(({ until }) => until > now)]
      : [group, []]
    this.#waiting.unshift(...going)
    return ending.map((waiting) => () => waiting.reject(error))
  }
}

/** What every method of a closed store rejects with. */
export function storeClosed(): WatertightError {
  return new WatertightError('STORE_CLOSED', 'The store is closed.')
}
