import { Pool, type PoolClient, type PoolConfig, type QueryArrayConfig } from 'pg'
import { isWatertightError } from 'watertight'
import { CallFailure, fateOf, storeError } from './database-error.ts'
import type { Settings } from './options.ts'

/** A row as text, column by column; null where there is nothing. */
export type TextRow = readonly (string | null)[]

/** A statement. Named ones are planned once for each connection, where sessions can keep them. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** Lanes for commits that wait for somebody's lock, beside the usual ones. */
export const PATIENT_LANES = 4

const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 500
/** The server ends what takes too long by itself; later, the connection is taken for dead. */
const GRACE_MS = 1_000

/** Not synced: a hint may be lost, and must not take the disk from commits. */
const NOTIFY: Statement = {
  name: 'watertight-notify',
  text: "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)",
}

const AS_TEXT = { getTypeParser: () => (text: string) => text }

/** The connections of one store. Made when needed; what is idle holds no process. */
export class Connections {
  readonly #settings: Settings
  readonly #readers: Pool
  readonly #writers: Pool
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(settings: Settings) {
    this.#settings = settings
    this.#readers = new Pool({ ...poolConfig(settings), max: settings.readers })
    this.#writers = new Pool({ ...poolConfig(settings), max: settings.lanes + PATIENT_LANES })
    for (const pool of [this.#readers, this.#writers]) {
      // A connection that breaks while idle is replaced when one is needed, and that tells if it cannot be.
      pool.on('error', () => undefined)
      // One that breaks at work fails the work; what it says after that would end the process if nobody listened.
      pool.on('connect', (client) => client.on('error', () => undefined))
    }
  }

  /** Reads, or does what may be done twice: tries again while the database is away, as long as `limit` says. */
  async read(statement: Statement, values: readonly unknown[]): Promise<readonly TextRow[]> {
    const reading = this.repeat(() => this.#once(this.#readers, statement, values))
    this.#underWay.add(reading)
    try {
      return await reading
    } finally {
      this.#underWay.delete(reading)
    }
  }

  /** One attempt. @throws CallFailure */
  async write(statement: Statement, values: readonly unknown[]): Promise<readonly TextRow[]> {
    return await this.#once(this.#writers, statement, values)
  }

  /** Tells those who listen on a channel. One attempt. @throws CallFailure */
  async notify(channel: string, payload: string): Promise<void> {
    await this.#once(this.#writers, NOTIFY, [channel, payload])
  }

  /**
   * Several statements on one connection. One attempt.
   *
   * @throws CallFailure
   */
  async session<T>(
    work: (query: (text: string, values?: readonly unknown[]) => Promise<readonly TextRow[]>) => Promise<T>,
  ): Promise<T> {
    return await this.#with(this.#writers, (client) =>
      work(async (text, values = []) => (await client.query<string[]>(this.#config({ name: '', text }, values))).rows),
    )
  }

  /** Tries until it works, or the failure will not pass, or the time is up. */
  async repeat<T>(attempt: () => Promise<T>): Promise<T> {
    const { runtime, limitMs, where } = this.#settings
    const until = runtime.now() + limitMs
    for (let failures = 0; ; failures++) {
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof CallFailure) || !error.isPassing || runtime.now() >= until)
          throw storeError(where, error)
      }
      await this.pause(failures)
    }
  }

  /** Waits before the next attempt, longer after each failure. */
  async pause(failures: number): Promise<void> {
    const { runtime } = this.#settings
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10))
    const delay = longest * (0.5 + runtime.random('postgres.retry') / 2)
    await new Promise<void>((resolve) => runtime.timer(delay, resolve, true))
  }

  /** Waits for what is under way; there must be nobody who begins more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await Promise.all([this.#readers.end(), this.#writers.end()])
  }

  async #once(pool: Pool, statement: Statement, values: readonly unknown[]): Promise<readonly TextRow[]> {
    const config = this.#config(statement, values)
    return await this.#with(pool, async (client) => (await client.query<string[]>(config)).rows)
  }

  #config({ name, text }: Statement, values: readonly unknown[]): QueryArrayConfig {
    const named = name !== '' && !this.#settings.transactionPooling
    return { text, values: [...values], rowMode: 'array', types: AS_TEXT, ...(named && { name }) }
  }

  async #with<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const { runtime, limitMs } = this.#settings
    const client = await connected(pool)
    let released = false
    const release = (broken: boolean): void => {
      if (!released) client.release(broken)
      released = true
    }
    // Ending the connection fails the work.
    const late = runtime.timer(2 * limitMs + GRACE_MS, () => release(true), true)
    try {
      const value = await work(client)
      release(false)
      return value
    } catch (error) {
      if (isWatertightError(error)) {
        release(false)
        throw error
      }
      const fate = fateOf(error)
      release(fate !== 'refused')
      throw new CallFailure(fate, error)
    } finally {
      late.cancel()
    }
  }
}

async function connected(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw new CallFailure('unsent', error)
  }
}

/** What a connection to the database is made with. */
export function poolConfig({ url, limitMs, transactionPooling }: Settings): PoolConfig {
  const session = [
    'default_transaction_isolation=read\\ committed',
    `statement_timeout=${2 * limitMs}`,
    `idle_in_transaction_session_timeout=${2 * limitMs}`,
    'jit=off',
    // Every statement of the store has its index. A sequential scan is only ever chosen because a table was small once.
    'enable_seqscan=off',
    'enable_hashjoin=off',
    'enable_mergejoin=off',
  ]
  return {
    connectionString: url,
    connectionTimeoutMillis: limitMs,
    allowExitOnIdle: true,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'watertight',
    // A proxy that pools transactions knows no such parameter.
    ...(!transactionPooling && { options: session.map((setting) => `-c ${setting}`).join(' ') }),
  }
}
