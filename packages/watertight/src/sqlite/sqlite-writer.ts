import type { DatabaseSync } from 'node:sqlite'
import type { Runtime } from '../runtime/runtime.ts'
import type { Transactor } from '../store/group-commit.ts'
import { isBusy, storeError } from './database-error.ts'
import { whenFree } from './when-free.ts'

export interface SqliteWriterOptions {
  readonly file: string
  readonly database: DatabaseSync
  readonly runtime: Runtime
  committed(): void
}

/** Transactions of the writing connection: begun as writers, so that what is read inside is what will be written to. */
export class SqliteWriter implements Transactor {
  readonly #options: SqliteWriterOptions
  readonly #begin: () => unknown
  readonly #commit: () => unknown

  constructor(options: SqliteWriterOptions) {
    this.#options = options
    const begin = options.database.prepare('BEGIN IMMEDIATE')
    const commit = options.database.prepare('COMMIT')
    this.#begin = () => begin.run()
    this.#commit = () => commit.run()
  }

  begin(until: number): Promise<void> | undefined {
    try {
      this.#begin()
      return undefined
    } catch (error) {
      if (!isBusy(error)) throw storeError(this.#options.file, error)
      return this.#beginWhenFree(until)
    }
  }

  commit(): void {
    this.#commit()
  }

  rollback(): void {
    const { database, runtime } = this.#options
    try {
      // Some errors (a full disk, a failed write) make SQLite roll back by itself.
      if (database.isTransaction) database.exec('ROLLBACK')
    } catch (error) {
      runtime.report(error)
    }
  }

  committed(): void {
    this.#options.committed()
  }

  async #beginWhenFree(until: number): Promise<void> {
    const { file, runtime } = this.#options
    try {
      await whenFree(runtime, until - runtime.now(), this.#begin)
    } catch (error) {
      throw storeError(file, error)
    }
  }
}
