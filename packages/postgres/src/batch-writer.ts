import type { Runtime } from 'watertight'
import type { Committed, Position } from 'watertight/store'
import type { Connections, TextRow } from './connections.ts'
import { CallFailure, storeError, unavailable } from './database-error.ts'
import { type BatchAnswer, decodeAnswer } from './decode-answer.ts'
import { ARGUMENTS, encodeBatch } from './encode-batch.ts'
import type { Settings } from './options.ts'
import type { WaitingCommit } from './waiting-commit.ts'

/** How long a batch waits for a lock, before those that need it go to lanes of their own. */
const IMPATIENT_MS = 250

export interface BatchWriterOptions {
  readonly settings: Settings
  readonly connections: Pick<Connections, 'write' | 'pause'>
  readonly incarnation: string
  /** Told after each batch that wrote events: the last position. */
  wrote(last: Position): void
}

/**
 * Writes batches, each with one call that is a transaction of its own. When a batch fails it is halved until the error
 * is alone with the commit that causes it.
 *
 * A commit whose connection was lost may have been done. It is tried again when its append ids tell that; else it fails, and
 * says that nobody knows.
 */
export class BatchWriter {
  readonly #options: BatchWriterOptions
  readonly #runtime: Runtime
  readonly #statement: { readonly name: string; readonly text: string }

  constructor(options: BatchWriterOptions) {
    this.#options = options
    this.#runtime = options.settings.runtime
    const places = Array.from({ length: ARGUMENTS }, (_, i) => `$${i + 1}`)
    this.#statement = {
      name: 'watertight-commit-batch',
      text: `SELECT ${options.settings.schema}.commit_batch_1(${places.join(', ')})`,
    }
  }

  /**
   * Settles each commit but those it gives back, for a lane of their own: they wait for somebody else's lock, or break their
   * connection again and again. Never rejects.
   */
  async write(batch: readonly WaitingCommit[], patient: boolean, losses = 0): Promise<readonly WaitingCommit[]> {
    try {
      return this.#settle(batch, await this.#call(batch, patient))
    } catch (error) {
      if (!(error instanceof CallFailure)) return this.#reject(batch, error)
      if (error.fate === 'refused') return await this.#afterRefusal(batch, patient, error)
      return await this.#afterLoss(batch, patient, losses, error)
    }
  }

  async #call(batch: readonly WaitingCommit[], patient: boolean): Promise<BatchAnswer> {
    const { settings, connections } = this.#options
    const left = Math.max(...batch.map(({ until }) => until)) - this.#runtime.now()
    const values = encodeBatch(
      batch.map(({ commit }) => commit),
      {
        schema: settings.schema,
        patient,
        limitMs: Math.max(1, Math.ceil(patient ? left : Math.min(left, IMPATIENT_MS))),
      },
    )
    return answerOf(await connections.write(this.#statement, values))
  }

  #settle(batch: readonly WaitingCommit[], answer: BatchAnswer): readonly WaitingCommit[] {
    const results = decodeAnswer(
      batch.map(({ commit }) => commit),
      answer,
      this.#options.incarnation,
    )
    if (answer.positions !== null) this.#options.wrote(answer.last)
    return batch.filter((one, i) => {
      const committed = results[i]
      if (committed === undefined) return true
      if (one.uncertain && isAboutFence(committed)) one.reject(this.#nobodyKnows())
      else one.resolve(committed)
      return false
    })
  }

  async #afterRefusal(
    batch: readonly WaitingCommit[],
    patient: boolean,
    failure: CallFailure,
  ): Promise<readonly WaitingCommit[]> {
    if (batch.length > 1) return await this.#halves(batch, patient, 0)
    if (!failure.isContention) return this.#reject(batch, failure)
    if (!patient) return batch
    const alive = this.#expire(batch, failure)
    return alive.length > 0 ? await this.write(alive, patient) : []
  }

  async #afterLoss(
    batch: readonly WaitingCommit[],
    patient: boolean,
    losses: number,
    failure: CallFailure,
  ): Promise<readonly WaitingCommit[]> {
    if (!failure.isPassing) return this.#reject(batch, failure)
    if (failure.fate === 'unknown') for (const one of batch) one.uncertain = true
    const alive = this.#expire(
      batch.filter((one) => this.#canBeToldApart(one, failure)),
      failure,
    )
    if (alive.length === 0) return []
    // One of them may be what breaks the connection.
    const isSuspicious = failure.fate === 'unknown' && losses > 0
    if (isSuspicious && alive.length === 1 && !patient) return alive
    await this.#options.connections.pause(losses)
    return isSuspicious && alive.length > 1
      ? await this.#halves(alive, patient, losses + 1)
      : await this.write(alive, patient, losses + 1)
  }

  #canBeToldApart(one: WaitingCommit, failure: CallFailure): boolean {
    if (!one.uncertain || one.commit.appends.length > 0) return true
    one.reject(this.#nobodyKnows(failure.cause))
    return false
  }

  /** Rejects those whose time is up; gives the others. */
  #expire(batch: readonly WaitingCommit[], failure: CallFailure): readonly WaitingCommit[] {
    const now = this.#runtime.now()
    this.#reject(
      batch.filter(({ until }) => until <= now),
      failure,
    )
    return batch.filter(({ until }) => until > now)
  }

  async #halves(batch: readonly WaitingCommit[], patient: boolean, losses: number): Promise<readonly WaitingCommit[]> {
    const middle = Math.ceil(batch.length / 2)
    return [
      ...(await this.write(batch.slice(0, middle), patient, losses)),
      ...(await this.write(batch.slice(middle), patient, losses)),
    ]
  }

  #reject(batch: readonly WaitingCommit[], error: unknown): readonly WaitingCommit[] {
    for (const one of batch) {
      one.reject(one.uncertain ? this.#nobodyKnows(error) : storeError(this.#options.settings.where, error))
    }
    return []
  }

  #nobodyKnows(cause?: unknown): Error {
    return unavailable(
      this.#options.settings.where,
      'the connection was lost, and nobody knows whether the commit was done',
      'Repeat it with its append ids, or look',
      cause,
    )
  }
}

function isAboutFence(committed: Committed): boolean {
  return !committed.ok && committed.code === 'FENCED'
}

function answerOf(rows: readonly TextRow[]): BatchAnswer {
  const answer: BatchAnswer = JSON.parse(rows[0]?.[0] ?? 'null')
  return answer
}
