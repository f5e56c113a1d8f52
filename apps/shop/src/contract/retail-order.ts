/** One line of an order. `unitPriceMinor` is in pence. */
export interface OrderLine {
  readonly sku: string
  readonly description: string | null
  readonly quantity: number
  readonly unitPriceMinor: number
}

/** An order as the retailer's records hold it and as `POST /orders` takes it. */
export interface RetailOrder {
  readonly id: string
  /** ISO 8601 with offset. */
  readonly placedAt: string
  /** `null`: a guest. */
  readonly customerId: string | null
  readonly country: string
  readonly currency: 'GBP'
  readonly lines: readonly OrderLine[]
}

/** Article numbers that are fees, not goods: charged, but nothing is reserved or shipped for them. */
const FEE_SKUS: ReadonlySet<string> = new Set([
  'POST',
  'DOT',
  'C2',
  'M',
  'D',
  'S',
  'CRUK',
  'BANK CHARGES',
  'AMAZONFEE',
  'B',
  'PADS',
])

/** True for postage, manual corrections, samples and the like. */
export function isFee(line: OrderLine): boolean {
  return FEE_SKUS.has(line.sku.trim().toUpperCase())
}

/** What the customer pays, in pence. */
export function totalMinor(order: Pick<RetailOrder, 'lines'>): number {
  return order.lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0)
}
