import type { Runtime } from 'watertight'
import { type Projection, readRow, listRows, runProjection, type RunningProjection } from 'watertight/event-store'
import type { Store } from 'watertight/store'
import type { OrderView } from '../contract/orders.ts'
import type { Entry } from '../import/entry.ts'
import { ordersOfCustomer } from '../orders/customer-index.ts'
import { HISTORY } from './history-events.ts'
import {
  ALL_ARTICLES,
  type ArticleSales,
  bestsellers,
  type CustomerHistory,
  customerHistory,
  type DailyRevenue,
  dailyRevenue,
  pastEntries,
  topArticles,
} from './read-models.ts'

/** The latest orders of this shop that a customer's page shows, beside all old ones. */
const RECENT = 100
const MOST_DAYS = 1_000

/** A customer's whole life with the shop: what the old records say, and what was ordered since. */
export interface CustomerPage {
  readonly customerId: string
  readonly past: CustomerHistory | null
  /** Newest first. */
  readonly orders: readonly OrderView[]
}

/** The read models of the old records, kept up behind the events, and what they are asked. */
export class History {
  readonly #store: Store
  readonly #running: readonly RunningProjection[]

  constructor(options: { readonly store: Store; readonly runtime: Runtime; readonly leaseTtl: RunLease }) {
    this.#store = options.store
    const run = <Row>(model: Projection<Row>): RunningProjection =>
      runProjection(model, { ...options, categories: [HISTORY] })
    this.#running = [run(pastEntries), run(customerHistory), run(bestsellers), run(dailyRevenue)]
  }

  /** Undefined when nothing is known of that customer. */
  async customer(customerId: string): Promise<CustomerPage | undefined> {
    const [past, orders] = await Promise.all([
      readRow(customerHistory, this.#store, customerId),
      ordersOfCustomer(this.#store, customerId, RECENT),
    ])
    return past === undefined && orders.length === 0 ? undefined : { customerId, past: past ?? null, orders }
  }

  invoice(id: string): Promise<Entry | undefined> {
    return readRow(pastEntries, this.#store, id)
  }

  async bestsellers(count: number): Promise<readonly (ArticleSales & { readonly sku: string })[]> {
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
