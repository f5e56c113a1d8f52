import type { Shipment } from '../contract/fulfilment.ts'
import type { StockRow } from '../contract/inventory.ts'
import type { OrderView } from '../contract/orders.ts'
import type { LedgerEntry } from '../contract/payments.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import type { Acknowledgement } from '../load/journal.ts'
import type { ProviderName } from '../process/roles.ts'

/** A movement of money, and who moved it. */
export type Movement = LedgerEntry & { readonly provider: ProviderName }

/** A payment as the shop's own books have it. */
export interface BookedPayment {
  readonly key: string
  readonly orderId: string
  readonly amountMinor: number
  readonly status: 'charged' | 'declined' | 'closed' | 'unsettled'
}

/** What an order holds of the stock: nothing once it is released. */
export interface HeldStock {
  readonly orderId: string
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
}

export interface StockOf extends StockRow {
  readonly sku: string
}

/** What the audit looks at: the customers' list, the shop's databases, and the ledgers of the payment providers. */
export interface Evidence {
  /** The orders of the run, as customers sent them. */
  readonly sent: readonly RetailOrder[]
  readonly acknowledgements: readonly Acknowledgement[]
  readonly orders: readonly OrderView[]
  readonly movements: readonly Movement[]
  readonly payments: readonly BookedPayment[]
  readonly reservations: readonly HeldStock[]
  readonly stock: readonly StockOf[]
  readonly shipments: readonly Shipment[]
}
