import type { Entry, Kind } from '../import/entry.ts'

/** The category of the streams of imported invoices: one stream for each, under its number. */
export const HISTORY = 'retail'

/** The event that an entry of the old records becomes. Its data is the {@link Entry}. */
export const EVENT_OF: Readonly<Record<Kind, string>> = {
  order: 'retail.ordered',
  cancellation: 'retail.cancelled',
  'stock-adjustment': 'retail.stockAdjusted',
  'ledger-entry': 'retail.ledgerEntered',
}

/** What an entry comes to in pence; below 0 for a refund. */
export function entryMinor({ lines }: Pick<Entry, 'lines'>): number {
  return lines.reduce((sum, { quantity, unitPriceMinor }) => sum + quantity * unitPriceMinor, 0)
}
