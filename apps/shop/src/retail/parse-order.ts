import type { OrderLine, RetailOrder } from '../contract/retail-order.ts'

/** Thrown when a line of an orders file is no order; the message says what is wrong with it. */
export class NoOrder extends Error {}

type Unknowns = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Unknowns {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads one line of an orders file. Fields that are not part of an order are dropped. */
export function parseOrder(line: string): RetailOrder {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    throw new NoOrder('is not JSON')
  }
  if (!isObject(parsed)) throw new NoOrder('is not a JSON object')
  const { lines } = parsed
  if (!Array.isArray(lines) || lines.length === 0) throw new NoOrder('has no list "lines" with at least one line')
  const { currency } = parsed
  if (currency !== 'GBP') throw new NoOrder(`has currency ${JSON.stringify(currency)}; only "GBP" is known`)
  return {
    id: text(parsed, 'id'),
    placedAt: text(parsed, 'placedAt'),
    customerId: parsed['customerId'] === null ? null : text(parsed, 'customerId'),
    country: text(parsed, 'country'),
    currency,
    lines: lines.map((entry: unknown, index) => orderLine(entry, index)),
  }
}

function orderLine(entry: unknown, index: number): OrderLine {
  if (!isObject(entry)) throw new NoOrder(`has no object at lines[${index}]`)
  const at = `lines[${index}].`
  return {
    sku: text(entry, 'sku', at),
    description: entry['description'] === null ? null : text(entry, 'description', at),
    quantity: whole(entry, 'quantity', 1, at),
    unitPriceMinor: whole(entry, 'unitPriceMinor', 0, at),
  }
}

function text(from: Unknowns, field: string, at = ''): string {
  const value = from[field]
  if (typeof value !== 'string' || value === '') throw new NoOrder(`has no text in "${at}${field}"`)
  return value
}

function whole(from: Unknowns, field: string, least: number, at: string): number {
  const value = from[field]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least)
    throw new NoOrder(
      `has ${JSON.stringify(value)} in "${at}${field}", which must be a whole number of at least ${least}`,
    )
  return value
}
