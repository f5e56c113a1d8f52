import type { Row } from './row.ts'

/** What a row of the file can become. */
export const KINDS = ['order', 'cancellation', 'stock-adjustment', 'ledger-entry'] as const
export type Kind = (typeof KINDS)[number]

/** One line of an entry. Prices are whole pence; what was rounded off is kept beside them. */
export interface EntryLine {
  readonly sku: string
  readonly description: string | null
  /** Negative in cancellations, either way in adjustments. */
  readonly quantity: number
  /** Negative only in the ledger. */
  readonly unitPriceMinor: number
  /** What quantity times price in pence lacks of the file's amount, in hundredths of a penny; 0 nearly everywhere. */
  readonly rounding: number
  /** Where it stands in the file. */
  readonly line: number
}

/** One invoice of the file, under its own number. */
export interface Entry {
  readonly kind: Kind
  readonly id: string
  /** The earliest time on the invoice, ISO 8601 with offset. */
  readonly placedAt: string
  readonly customerId: string | null
  readonly country: string
  readonly lines: readonly EntryLine[]
}

/** Codes of what is neither sold nor returned: fees of banks and marketplaces, commissions, bad debts. */
const LEDGER_CODES: ReadonlySet<string> = new Set(['AMAZONFEE', 'BANK CHARGES', 'B', 'CRUK'])

/**
 * What an invoice is, by the rules below, in their order; a row that fits none is rejected, never bent.
 *
 * 1. A number with `C`: a cancellation; its quantities are negative and its prices are not.
 * 2. A number with `A`, or an invoice of nothing but ledger codes: a ledger entry.
 * 3. No customer and every price 0: an adjustment of the stock, up or down.
 * 4. Anything else: an order; quantities are positive, prices 0 or more.
 */
export function kindOf(rows: readonly Row[]): Kind {
  const [first] = rows
  if (first?.letter === 'C') return 'cancellation'
  if (first?.letter === 'A' || rows.every(({ sku }) => LEDGER_CODES.has(sku.toUpperCase()))) return 'ledger-entry'
  if (rows.every(({ price, customerId }) => price === 0 && customerId === null)) return 'stock-adjustment'
  return 'order'
}

/** Why a row cannot be part of an entry of that kind; undefined when it can. */
export function misfit(kind: Kind, { quantity, price }: Row): string | undefined {
  if (kind === 'cancellation' && quantity > 0) return 'a cancellation with a positive quantity'
  if (kind === 'order' && quantity < 0) return 'a negative quantity on an order that is no cancellation'
  if (kind !== 'ledger-entry' && price < 0) return 'a negative price outside the ledger'
  return undefined
}
