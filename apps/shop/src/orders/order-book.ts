import { type Runtime, WatertightError } from 'watertight'
import { type CommandOf, type CommitParts, prepare } from 'watertight/event-store'
import type { RowWrite, Store } from 'watertight/store'
import type { OrderStatus, OrderView } from '../contract/orders.ts'
import { type OrderCommands, orderDecider } from './order.ts'

/** Table of {@link OrderView}, key = order id: written in the commit of the event it shows. */
export const ORDERS = 'orders'

/** What of an order every row of the read model shows. */
export interface OrderFacts {
  readonly orderId: string
  readonly customerId: string | null
  readonly totalMinor: number
  readonly placedAt: string
}

/** What is to be written of an order. */
export interface OrderEntry {
  readonly command: CommandOf<OrderCommands>
  /** What the row shows from now on. */
  readonly status: OrderStatus
  readonly reason?: string
}

/**
 * Writes nothing itself: makes the parts of somebody else's commit, an order's event and its row together, so that the two
 * can never say something else.
 */
export class OrderBook {
  readonly store: Store
  readonly runtime: Runtime

  constructor({ store, runtime }: { readonly store: Store; readonly runtime: Runtime }) {
    this.store = store
    this.runtime = runtime
  }

  /** @throws WatertightError with the code of the rejection when the order is not in a state for that; a defect. */
  async entry(facts: OrderFacts, { command, status, reason }: OrderEntry): Promise<CommitParts> {
    const { orderId } = facts
    const { store, runtime } = this
    const prepared = await prepare(store, orderDecider, orderId, command, {
      runtime,
      meta: { correlation: orderId, causation: orderId },
    })
    if (!prepared.ok) {
      const { code, detail } = prepared.rejection
      throw new WatertightError(code, `order ${orderId} refuses to ${command.type}: it is ${String(detail)}`, {
        source: 'orders',
      })
    }
    return {
      ...(prepared.append && { appends: [prepared.append] }),
      rows: [orderRow(facts, status, runtime.wallTime(), reason)],
    }
  }

  /** The view of an order, from the read model. */
  async find(orderId: string): Promise<OrderView | undefined> {
    return (await this.store.row(ORDERS, orderId))?.value as OrderView | undefined
  }
}

function orderRow(facts: OrderFacts, status: OrderStatus, at: number, reason?: string): RowWrite {
  const { orderId, customerId, totalMinor, placedAt } = facts
  const value: OrderView = {
    id: orderId,
    customerId,
    totalMinor,
    status,
    ...(reason !== undefined && { reason }),
    placedAt,
    at,
  }
  return { table: ORDERS, key: orderId, value }
}
