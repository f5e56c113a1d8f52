import type { ZonedClock, ZonedTime } from './local-time.ts'
import { parsePounds } from './money.ts'

/** The columns of the public file, in their order. */
export const COLUMNS: readonly string[] = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
]

const QUANTITY = COLUMNS.indexOf('Quantity')
const PRICE = COLUMNS.indexOf('UnitPrice')

/** A row that can be read. Whether it makes sense beside the others of its invoice is another matter. */
export interface Row {
  readonly line: number
  readonly invoice: string
  /** The letter before the number: cancellations have `C`, adjustments of the ledger `A`, the others nothing. */
  readonly letter: 'C' | 'A' | ''
  readonly sku: string
  readonly description: string | null
  readonly quantity: number
  readonly at: ZonedTime
  /** Price of one, in hundredths of a penny. */
  readonly price: number
  readonly customerId: string | null
  readonly country: string
}

/** A row that ends in the rejects, and why. */
export interface Reject {
  readonly line: number
  readonly reason: string
  readonly cells: readonly string[]
  /** What it would have come to, in hundredths of a penny, where quantity and price can be read. */
  readonly amount?: number
}

const INVOICE = /^([CA]?)\d{6}$/
const CUSTOMER = /^(\d{1,9})(?:\.0)?$/
const WHOLE = /^-?\d{1,9}$/

/** Reads one row; what cannot be read is rejected with the first reason found. Nothing is corrected but padding around texts. */
export function readRow(line: number, cells: readonly string[], clock: ZonedClock): Row | Reject {
  const amount = amountOf(cells)
  const reject = (reason: string): Reject => ({ line, cells, reason, ...(amount !== undefined && { amount }) })
  if (cells.length !== COLUMNS.length) return reject(`has ${cells.length} columns, not ${COLUMNS.length}`)
  const [
    invoice = '',
    sku = '',
    description = '',
    quantityText = '',
    dateText = '',
    priceText = '',
    customer = '',
    country = '',
  ] = cells.map((cell) => cell.trim())
  const quantity = quantityOf(cells)
  const price = parsePounds(priceText)

  const letter = INVOICE.exec(invoice)?.[1]
  if (letter === undefined)
    return reject(`InvoiceNo ${shown(invoice)} is not six digits, with or without C or A before them`)
  if (sku === '') return reject('StockCode is empty')
  if (quantity === undefined) return reject(`Quantity ${shown(quantityText)} is no whole number`)
  if (quantity === 0) return reject('Quantity is 0')
  const at = clock.read(dateText)
  if (at === undefined)
    return reject(`InvoiceDate ${shown(dateText)} is no time of that zone, as 2011-12-09 12:50:00 is one`)
  if (price === undefined) return reject(`UnitPrice ${shown(priceText)} is no amount in pounds with at most 4 decimals`)
  const customerId = customer === '' ? null : CUSTOMER.exec(customer)?.[1]
  if (customerId === undefined) return reject(`CustomerID ${shown(customer)} is no number`)
  if (country === '') return reject('Country is empty')
  return {
    line,
    invoice,
    letter: letter as Row['letter'],
    sku,
    description: description === '' ? null : description,
    quantity,
    at,
    price,
    customerId,
    country,
  }
}

/** The quantity in a row, where it has one. */
export function quantityOf(cells: readonly string[]): number | undefined {
  const text = (cells[QUANTITY] ?? '').trim()
  return WHOLE.test(text) ? Number(text) : undefined
}

/** What a row comes to, in hundredths of a penny, where quantity and price can be read. */
export function amountOf(cells: readonly string[]): number | undefined {
  const quantity = quantityOf(cells)
  const price = parsePounds((cells[PRICE] ?? '').trim())
  return quantity === undefined || price === undefined ? undefined : quantity * price
}

export function isReject(row: Row | Reject): row is Reject {
  return 'reason' in row
}

/** The cells of a row again, for a reason that was found later. */
export function rejectRow(row: Row, cells: readonly string[], reason: string): Reject {
  return { line: row.line, cells, reason, amount: row.quantity * row.price }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}
