import { type Projection, projection } from 'watertight/event-store'
import { isFee } from '../contract/retail-order.ts'
import type { Entry, Kind } from '../import/entry.ts'
import { EVENT_OF, entryMinor } from './history-events.ts'

/** One invoice as the page of old orders lists it. */
export interface PastEntry {
  readonly id: string
  readonly kind: Kind
  readonly placedAt: string
  readonly lines: number
  readonly totalMinor: number
}

/** All that a customer ever did, in the order in which it was recorded. */
export interface CustomerHistory {
  readonly customerId: string
  readonly country: string
  readonly entries: readonly PastEntry[]
  /** What is left of orders after refunds. */
  readonly spentMinor: number
}

/** What was sold of an article, less what came back. */
export interface ArticleSales {
  readonly description: string | null
  readonly units: number
  readonly revenueMinor: number
}

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

/** One row an invoice: the invoice itself. */
export const pastEntries: Projection<Entry> = ofAllKinds(
  projection<Entry>('past-entries', { version: 1, key: ({ stream }) => stream.id }),
  (_row, entry) => entry,
)

/** One row a customer. */
export const customerHistory: Projection<CustomerHistory> = ofAllKinds(
  projection<CustomerHistory>('customer-history', {
    version: 1,
    key: ({ data }) => entryOf(data).customerId ?? undefined,
  }),
  (row, entry) => {
    const { id, kind, placedAt, lines, country, customerId } = entry
    const totalMinor = entryMinor(entry)
    const { entries = [], spentMinor = 0 } = row ?? {}
    return {
      customerId: customerId ?? '',
      country,
      entries: [...entries, { id, kind, placedAt, lines: lines.length, totalMinor }],
      spentMinor: spentMinor + totalMinor,
    }
  },
)

/** One row for all articles: the few thousand of a catalogue, by article number. */
export const bestsellers: Projection<Readonly<Record<string, ArticleSales>>> = projection<
  Readonly<Record<string, ArticleSales>>
>('bestsellers', { version: 1, key: () => ALL_ARTICLES })
  .on<Entry>(EVENT_OF.order, sold)
  .on<Entry>(EVENT_OF.cancellation, sold)

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

/** Article numbers by what was sold of them, most units first. */
export function topArticles(
  all: Readonly<Record<string, ArticleSales>>,
  count: number,
): readonly (ArticleSales & { readonly sku: string })[] {
  return Object.entries(all)
    .map(([sku, sales]) => ({ sku, ...sales }))
    .toSorted((a, b) => b.units - a.units || (a.sku < b.sku ? -1 : 1))
    .slice(0, count)
}

/** The row is one object for a whole batch, since nobody sees it in between: copying thousands of articles for each order is slow. */
function sold(
  all: Readonly<Record<string, ArticleSales>> | undefined,
  entry: Entry,
): Readonly<Record<string, ArticleSales>> {
  const changed = new Map<string, ArticleSales>()
  for (const line of entry.lines) {
    if (isFee(line)) continue
    const { sku, description, quantity, unitPriceMinor } = line
    const { units = 0, revenueMinor = 0, description: known = null } = changed.get(sku) ?? all?.[sku] ?? {}
    changed.set(sku, {
      description: known ?? description,
      units: units + quantity,
      revenueMinor: revenueMinor + quantity * unitPriceMinor,
    })
  }
  return { ...all, ...Object.fromEntries(changed) }
}

function ofAllKinds<Row>(begun: Projection<Row>, reduce: (row: Row | undefined, entry: Entry) => Row): Projection<Row> {
  return Object.values(EVENT_OF).reduce((all, type) => all.on<Entry>(type, reduce), begun)
}

function entryOf(data: unknown): Entry {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only events of the import have these types
  return data as Entry
}
