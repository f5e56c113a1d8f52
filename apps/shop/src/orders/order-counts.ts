import { projection, type Projection } from 'watertight/event-store'
import { orderDecider, type OrderEvents } from './order.ts'

/** Orders by status; one that is parked counts where it got stuck. */
export interface OrderCounts {
  readonly placed: number
  readonly paid: number
  readonly completed: number
  readonly cancelled: number
}

/** The key of the only row. */
export const ALL_ORDERS = 'all'

export const NO_ORDERS: OrderCounts = { placed: 0, paid: 0, completed: 0, cancelled: 0 }

const { placed, paid, completed, cancelled } = orderDecider.events

/** How many orders stand where: one row over all streams, so it follows behind them. */
export const orderCounts: Projection<OrderCounts> = projection<OrderCounts>('order-counts', {
  version: 2,
  key: () => ALL_ORDERS,
})
  .on(placed.type, (counts = NO_ORDERS) => moved(counts, 'placed'))
  .on(paid.type, (counts = NO_ORDERS) => moved(counts, 'paid', 'placed'))
  .on<OrderEvents['completed']>(completed.type, (counts = NO_ORDERS, { wasPaid }) =>
    moved(counts, 'completed', wasPaid ? 'paid' : 'placed'),
  )
  .on<OrderEvents['cancelled']>(cancelled.type, (counts = NO_ORDERS, { wasPaid }) =>
    moved(counts, 'cancelled', wasPaid ? 'paid' : 'placed'),
  )

function moved(counts: OrderCounts, to: keyof OrderCounts, from?: keyof OrderCounts): OrderCounts {
  return { ...counts, ...(from && { [from]: counts[from] - 1 }), [to]: counts[to] + 1 }
}
