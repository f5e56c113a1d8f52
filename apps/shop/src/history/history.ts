import type { Runtime } from 'watertight'
import {
  fanOut,
  listRows,
  type Projection,
  readRow,
  runProjection,
  type RunningProjection,
} from 'watertight/event-store'
import { type Store, streamId } from 'watertight/store'
import type { OrderView } from '../contract/orders.ts'
import type { Entry } from '../import/entry.ts'
import { ordersOfCustomer } from '../orders/customer-index.ts'
import { HISTORY } from './history-events.ts'
import {
  ALL_ARTICLES,
  type ArticleSales,
  bestsellers,
  customerPrefix,
  type DailyRevenue,
  dailyRevenue,
  type PastEntry,
  pastEntries,
  READ_MODELS,
  topArticles,
} from './read-models.ts'

/** The latest orders of this shop that a customer's page shows, beside the old ones. */
const RECENT = 100
const MOST_PAST = 1_000
const MOST_DAYS = 1_000

/** A customer's whole life with the shop: what the old records say, and what was ordered since. */
export interface CustomerPage {
  readonly customerId: string
  /** Oldest first, the first thousand. */
  readonly past: readonly PastEntry[]
  /** What all of those come to, after refunds. */
  readonly spentMinor: number
  /** Newest first. */
  readonly orders: readonly OrderView[]
}

/** The read models of the old records, kept up behind the events, and what they are asked. */
export class History {
  readonly #store: Store
  readonly #running: readonly RunningProjection[]

  constructor(options: { readonly store: Store; readonly runtime: Runtime; readonly leaseTtl: RunLease }) {
    this.#store = options.store
    // One reader of the log for all of them.
    const log = fanOut(options.store)
    const run = <Row>(model: Projection<Row>): RunningProjection =>
      runProjection(model, { ...options, store: log, categories: [HISTORY] })
    this.#running = READ_MODELS.map(run)
  }

  /** Undefined when nothing is known of that customer. */
  async customer(customerId: string): Promise<CustomerPage | undefined> {
    const prefix = customerPrefix(customerId)
    const [rows, orders] = await Promise.all([
      listRows(pastEntries, this.#store, { after: prefix, max: MOST_PAST }),
      ordersOfCustomer(this.#store, customerId, RECENT),
    ])
    const past = rows.filter(({ key }) => key.startsWith(prefix)).map(({ row }) => row)
    if (past.length + orders.length === 0) return undefined
    return { customerId, past, spentMinor: past.reduce((sum, { totalMinor }) => sum + totalMinor, 0), orders }
  }

  /** An invoice as it was written. */
  async invoice(id: string): Promise<Entry | undefined> {
    const { events } = await this.#store.readStream(streamId(HISTORY, id), { max: 1 })
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the import writes such streams
    return events[0]?.data as Entry | undefined
  }

  async bestsellers(count: number): Promise<readonly ArticleSales[]> {
    return topArticles((await readRow(bestsellers, this.#store, ALL_ARTICLES)) ?? {}, count)
  }

  /** Days from `from` to `to`, both included, as 2011-12-09; those without trade are left out. */
  async revenue(from: string, to: string): Promise<readonly (DailyRevenue & { readonly day: string })[]> {
    const after = dayBefore(from)
    const rows = await listRows(dailyRevenue, this.#store, { after, max: MOST_DAYS })
    return rows.filter(({ key }) => key <= to).map(({ key, row }) => ({ day: key, ...row }))
  }

  /** How far behind its events each read model is, in events. */
  async lag(): Promise<Readonly<Record<string, number>>> {
    return Object.fromEntries(await Promise.all(this.#running.map(async (one) => [one.name, await one.lag()] as const)))
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((one) => one.close()))
  }
}

type RunLease = NonNullable<Parameters<typeof runProjection>[1]['leaseTtl']>

/** Every key behind it is that day's or a later one's. */
function dayBefore(day: string): string {
  return `${day.slice(0, -1)}${String.fromCharCode(day.charCodeAt(day.length - 1) - 1)}~`
}
