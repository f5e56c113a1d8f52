import { type Projection, projection } from 'watertight/event-store'
import { isFee } from '../contract/retail-order.ts'
import type { Entry, Kind } from '../import/entry.ts'
import { EVENT_OF, entryMinor } from './history-events.ts'

/** One invoice as the page of a customer lists it. */
export interface PastEntry {
  readonly id: string
  readonly kind: Kind
  readonly placedAt: string
  readonly country: string
  readonly lines: number
  readonly totalMinor: number
}

/** What was sold of an article, less what came back. */
export interface ArticleSales {
  readonly sku: string
  readonly description: string | null
  readonly units: number
  readonly revenueMinor: number
}

/**
 * The sales of all articles, on shelves of some twenty each: an order copies the shelves of its articles and leaves the others
 * as they are.
 */
export type Sales = Readonly<Record<string, readonly ArticleSales[]>>

/** One day's trade. */
export interface DailyRevenue {
  readonly orders: number
  readonly revenueMinor: number
  readonly refunds: number
  /** Below 0. */
  readonly refundedMinor: number
  /** Fees, commissions and bad debts. */
  readonly ledgerMinor: number
}

/** The key of the only row of {@link bestsellers}. */
export const ALL_ARTICLES = 'all'

const NO_TRADE: DailyRevenue = { orders: 0, revenueMinor: 0, refunds: 0, refundedMinor: 0, ledgerMinor: 0 }

/** One row an invoice of a known customer, sorted by customer, then time. */
export const pastEntries: Projection<PastEntry> = Object.values(EVENT_OF).reduce(
  (all, type) => all.on<Entry>(type, (_row, entry) => listed(entry)),
  projection<PastEntry>('past-entries', { version: 1, key: ({ data }) => keyOf(entryOf(data)) }),
)

/** One row for all articles: the few thousand of a catalogue. */
export const bestsellers: Projection<Sales> = projection<Sales>('bestsellers', { version: 1, key: () => ALL_ARTICLES })
  .on<Entry>(EVENT_OF.order, withSales)
  .on<Entry>(EVENT_OF.cancellation, withSales)

/** One row a day of the shop's own calendar, as 2011-12-09. */
export const dailyRevenue: Projection<DailyRevenue> = projection<DailyRevenue>('daily-revenue', {
  version: 1,
  key: ({ data }) => entryOf(data).placedAt.slice(0, 'YYYY-MM-DD'.length),
})
  .on<Entry>(EVENT_OF.order, (day = NO_TRADE, entry) => ({
    ...day,
    orders: day.orders + 1,
    revenueMinor: day.revenueMinor + entryMinor(entry),
  }))
  .on<Entry>(EVENT_OF.cancellation, (day = NO_TRADE, entry) => ({
    ...day,
    refunds: day.refunds + 1,
    refundedMinor: day.refundedMinor + entryMinor(entry),
  }))
  .on<Entry>(EVENT_OF['ledger-entry'], (day = NO_TRADE, entry) => ({
    ...day,
    ledgerMinor: day.ledgerMinor + entryMinor(entry),
  }))

/** All of them. */
export const READ_MODELS: readonly Projection<unknown>[] = [pastEntries, bestsellers, dailyRevenue] as const

/** What begins the key of each of a customer's rows in {@link pastEntries}, and of nobody else's. */
export function customerPrefix(customerId: string): string {
  return `${encodeURIComponent(customerId.toWellFormed())}/`
}

/** Articles by what was sold of them, most units first. */
export function topArticles(sales: Sales, count: number): readonly ArticleSales[] {
  return Object.values(sales)
    .flat()
    .toSorted((a, b) => b.units - a.units || (a.sku < b.sku ? -1 : 1))
    .slice(0, count)
}

function keyOf({ customerId, placedAt, id }: Entry): string | undefined {
  return customerId === null ? undefined : `${customerPrefix(customerId)}${placedAt}/${id}`
}

function listed(entry: Entry): PastEntry {
  const { id, kind, placedAt, country, lines } = entry
  return { id, kind, placedAt, country, lines: lines.length, totalMinor: entryMinor(entry) }
}

function withSales(sales: Sales | undefined, entry: Entry): Sales {
  const changed: Record<string, ArticleSales[]> = {}
  for (const line of entry.lines) {
    if (isFee(line)) continue
    const { sku, description, quantity, unitPriceMinor } = line
    const name = shelfOf(sku)
    const shelf = (changed[name] ??= [...(sales?.[name] ?? [])])
    const at = shelf.findIndex((article) => article.sku === sku)
    const { units = 0, revenueMinor = 0, description: known = null } = shelf[at] ?? {}
    shelf[at === -1 ? shelf.length : at] = {
      sku,
      description: known ?? description,
      units: units + quantity,
      revenueMinor: revenueMinor + quantity * unitPriceMinor,
    }
  }
  return { ...sales, ...changed }
}

/** The last two digits differ most between neighbours; with a sign before them they are no index of an array, which would be slow. */
function shelfOf(sku: string): string {
  return `#${sku.slice(-2)}`
}

function entryOf(data: unknown): Entry {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only events of the import have these types
  return data as Entry
}
