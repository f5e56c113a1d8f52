import { type Runtime, WatertightError } from 'watertight'
import { type Row, type Store, streamId } from 'watertight/store'
import { Batcher } from '../batching/batcher.ts'
import type { AnalyticsFact } from '../contract/fulfilment.ts'

const TABLE = 'revenue'
const PAGE = 1000
/** How often a batch is made anew when another process recorded facts of the same day. */
const TRIES = 10

/** Row of table `revenue`, key = day. */
export interface RevenueRow {
  readonly totalMinor: number
}

/**
 * Counts each fact once: a fact is a stream of its own (`fact`/id), and the revenue of its day changes in the same commit.
 * Facts that arrive together are one commit, or those of a busy day would conflict with each other.
 */
export class Facts {
  readonly #store: Store
  readonly #runtime: Runtime
  readonly #batcher: Batcher<AnalyticsFact, void>

  constructor({ store, runtime }: { readonly store: Store; readonly runtime: Runtime }) {
    this.#store = store
    this.#runtime = runtime
    this.#batcher = new Batcher({ name: 'facts', handle: (facts) => this.#record(facts) })
  }

  /** @throws WatertightError `BUSY`, `CONFLICT`, `STORE_UNAVAILABLE`: repeating it is safe. */
  record(fact: AnalyticsFact): Promise<void> {
    return this.#batcher.run(fact)
  }

  /** Pence by day. */
  async revenue(): Promise<Readonly<Record<string, number>>> {
    const byDay: Record<string, number> = {}
    let after: string | undefined
    for (;;) {
      const page = await this.#store.scanRows(TABLE, { max: PAGE, ...(after !== undefined && { after }) })
      for (const { key, value } of page) byDay[key] = (value as RevenueRow).totalMinor
      after = page.at(-1)?.key
      if (page.length < PAGE) return byDay
    }
  }

  async #record(facts: readonly AnalyticsFact[]): Promise<readonly void[]> {
    for (let left = TRIES; left > 0; left--) {
      if (await this.#attempt(facts)) return facts.map(() => {})
    }
    throw new WatertightError('CONFLICT', `the revenue of a day changed under ${TRIES} tries`, {
      source: 'facts',
      retryable: true,
      retryAfterMs: 1000,
    })
  }

  async #attempt(facts: readonly AnalyticsFact[]): Promise<boolean> {
    const fresh = await this.#unrecorded(facts)
    if (fresh.length === 0) return true
    const days = [...new Set(fresh.map(({ day }) => day))]
    const rows = await this.#store.rows(TABLE, days)
    const committed = await this.#store.commit({
      appends: fresh.map((fact) => ({
        stream: streamId('fact', fact.id),
        expected: 'absent',
        // Made anew for each try: the exact version, not the id, is what refuses a repetition here.
        appendId: this.#runtime.id(),
        events: [
          {
            id: this.#runtime.id(),
            type: 'fact.recorded',
            schema: 1,
            data: fact,
            meta: { correlation: fact.orderId, causation: fact.id },
          },
        ],
      })),
      rows: days.map((day, i) => revenueOf(day, rows[i], fresh)),
    })
    if (committed.ok) return true
    if (committed.code === 'CONFLICT') return false
    throw new WatertightError(committed.code, `a fact was not stored: ${committed.what}`, { source: 'facts' })
  }

  /** Those that neither the database nor an earlier place in the batch holds. */
  async #unrecorded(facts: readonly AnalyticsFact[]): Promise<readonly AnalyticsFact[]> {
    const byId = new Map(facts.toReversed().map((fact) => [fact.id, fact]))
    const distinct = [...byId.values()].toReversed()
    const pages = await Promise.all(distinct.map(({ id }) => this.#store.readStream(streamId('fact', id), { max: 1 })))
    return distinct.filter((_, i) => pages[i]?.version === 0)
  }
}

function revenueOf(day: string, row: Row | undefined, facts: readonly AnalyticsFact[]) {
  const before = (row?.value as RevenueRow | undefined)?.totalMinor ?? 0
  const added = facts.reduce((sum, fact) => (fact.day === day ? sum + fact.totalMinor : sum), 0)
  return {
    table: TABLE,
    key: day,
    value: { totalMinor: before + added } satisfies RevenueRow,
    ifVersion: row?.version ?? 0,
  }
}
