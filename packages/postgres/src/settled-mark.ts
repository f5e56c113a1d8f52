import type { Runtime } from 'watertight'
import type { Position } from 'watertight/store'
import type { Statement, TextRow } from './connections.ts'
import { unavailable } from './database-error.ts'
import type { Settings } from './options.ts'
import { FENCE_CLASS } from './sql/migrations.ts'

type Read = (statement: Statement, values: readonly unknown[]) => Promise<readonly TextRow[]>

const FIRST_PAUSE_MS = 1
const LONGEST_PAUSE_MS = 20

/**
 * How far the log is settled: every event up to there is visible, or will never be. In statements of their own, for each must
 * see what happened before it began:
 *
 * 1. the last position that was drawn;
 * 2. who shares the fence now: a transaction takes it before it draws, and has it until it has ended. Those that had it at
 *    step 1 are waited for; those that come later draw later positions;
 * 3. (the reader's own) the events up to the mark.
 *
 * A position that was drawn and given up may be drawn again after a crash of the server, when the log on the disk does not
 * know of it yet. So a mark that is no event's position counts only when the write-ahead log is on the disk.
 */
export class SettledMark {
  readonly #settings: Settings
  readonly #runtime: Runtime
  readonly #read: Read
  readonly #last: Statement
  readonly #holders: Statement
  #settled: Position = 0
  #running: Promise<Position> | undefined
  #next: Promise<Position> | undefined

  constructor(settings: Settings, read: Read) {
    this.#settings = settings
    this.#runtime = settings.runtime
    this.#read = read
    const { schema } = settings
    this.#last = {
      name: 'watertight-last',
      text: `SELECT CASE WHEN is_called THEN last_value ELSE 0 END, pg_current_wal_insert_lsn() FROM ${schema}.positions`,
    }
    this.#holders = {
      name: 'watertight-fence',
      text: `SELECT virtualtransaction, NULL, NULL FROM pg_locks
        WHERE locktype = 'advisory' AND classid = ${FENCE_CLASS} AND objsubid = 2 AND granted
          AND objid = (('${schema}.events'::regclass::oid::bigint - 2147483648)::integer)::oid
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        UNION ALL SELECT NULL, pg_is_in_recovery()::text, (EXISTS (SELECT FROM ${schema}.events WHERE position = $1)
          OR NOT pg_is_in_recovery() AND pg_current_wal_flush_lsn() >= $2::pg_lsn)::text`,
    }
  }

  /** As far as is known. What was settled once stays so. */
  get known(): Position {
    return this.#settled
  }

  /** The last position that was drawn, by whomever. */
  async last(): Promise<Position> {
    const [row] = await this.#read(this.#last, [])
    return Number(row?.[0])
  }

  /**
   * Settles what was committed before this call. Callers that come while it runs share the next run: one that began earlier
   * may not know of what they have seen.
   */
  advance(): Promise<Position> {
    if (this.#running === undefined) return this.#run()
    this.#next ??= this.#running.then(
      () => this.#run(),
      () => this.#run(),
    )
    return this.#next
  }

  #run(): Promise<Position> {
    this.#next = undefined
    const running = this.#settle().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    return running
  }

  async #settle(): Promise<Position> {
    const [row] = await this.#read(this.#last, [])
    const mark = Number(row?.[0])
    const wal = row?.[1]
    if (mark <= this.#settled) return this.#settled
    const until = this.#runtime.now() + this.#settings.limitMs
    let first: ReadonlySet<string> | undefined
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
      const { holders, isDurable } = await this.#look(mark, wal)
      first ??= new Set(holders)
      if (isDurable && !holders.some((holder) => first?.has(holder))) break
      if (this.#runtime.now() >= until) throw this.#stalled()
      await new Promise<void>((resolve) => this.#runtime.timer(pause, resolve, true))
    }
    this.#settled = Math.max(this.#settled, mark)
    return this.#settled
  }

  async #look(
    mark: Position,
    wal: unknown,
  ): Promise<{ readonly holders: readonly string[]; readonly isDurable: boolean }> {
    const rows = await this.#read(this.#holders, [mark, wal])
    const [, standby, durable] = rows.at(-1) ?? []
    // A fence on the primary cannot be seen from a standby: its readers would skip.
    if (standby === 'true') throw unavailable(this.#settings.where, 'it is a standby', 'Connect to the primary')
    return { holders: rows.flatMap(([holder]) => holder ?? []), isDurable: durable === 'true' }
  }

  #stalled(): Error {
    return unavailable(
      this.#settings.where,
      'an append has been under way for long',
      'Look for a commit that waits for its disk, or for a standby',
    )
  }
}
