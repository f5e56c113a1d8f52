/** What can be wrong after a run. */
export const FINDING_KINDS = [
  /** A customer was told paid or pending, and the shop does not know the order. */
  'LOST_ORDER',
  /** More than one charge for one order, over all the providers, whether one was given back or not. */
  'CHARGED_TWICE',
  /** Money was taken for an order after the customer, or the shop, had said no to it. */
  'CHARGED_AFTER_REFUSAL',
  /** A cancelled order whose money was not given back. */
  'MISSING_REFUND',
  /** What was charged, or stored, is not what the order costs. */
  'WRONG_AMOUNT',
  /**
   * Opening stock is not available plus held; or a cancelled or unknown order holds stock or was shipped; or a completed one
   * holds other goods than were ordered.
   */
  'STOCK_LEAK',
  /** A completed order nobody paid. */
  'COMPLETED_UNPAID',
  /** A completed order with goods and no shipment. */
  'COMPLETED_UNSHIPPED',
  /** The shop's books and the providers' ledgers disagree, or money was taken for an order the shop does not know. */
  'MONEY_MISMATCH',
  /** Neither completed nor undone. */
  'UNFINISHED',
  /** Waits for a person. */
  'PARKED',
] as const

export type FindingKind = (typeof FINDING_KINDS)[number]

export interface Finding {
  readonly kind: FindingKind
  readonly orderId?: string
  readonly sku?: string
  /** What is wrong, for a person, with its figures. */
  readonly text: string
}
