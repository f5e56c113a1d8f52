import type { Append, NewEvent, RowWrite } from 'watertight/store'
import { streamId } from 'watertight/store'
import type { OrderStatus, OrderView } from '../contract/orders.ts'
import type { RetailOrder } from '../contract/retail-order.ts'

/** What happens to an order, in its stream `order`/id. */
export type OrderEvent =
  | { readonly type: 'order.placed'; readonly data: { readonly order: RetailOrder; readonly totalMinor: number } }
  | { readonly type: 'order.paid'; readonly data: { readonly totalMinor: number } }
  | { readonly type: 'order.completed'; readonly data: Readonly<Record<never, never>> }
  /** `wasPaid`: the money went back. */
  | { readonly type: 'order.cancelled'; readonly data: { readonly reason: string; readonly wasPaid: boolean } }
  /** Waits for a person; it may still be completed or cancelled. */
  | { readonly type: 'order.parked'; readonly data: { readonly reason: string } }

/** The data of one type of event. */
export type OrderEventData<Type extends OrderEvent['type']> = Extract<OrderEvent, { readonly type: Type }>['data']

/** Table of {@link OrderView}, key = order id: written in the commit of the event it shows. */
export const ORDERS = 'orders'

/** What of an order every row of the read model shows. */
export interface OrderFacts {
  readonly orderId: string
  readonly customerId: string | null
  readonly totalMinor: number
  readonly placedAt: string
}

/** The row of the read model. */
export function orderRow(facts: OrderFacts, status: OrderStatus, at: number, reason?: string): RowWrite {
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

/** One event behind the stream's end. A later event is only ever written by the order's saga, one after the other. */
export function orderAppend(
  event: OrderEvent,
  { orderId, eventId, appendId }: { readonly orderId: string; readonly eventId: string; readonly appendId: string },
): Append {
  const stored: NewEvent = {
    ...event,
    id: eventId,
    schema: 1,
    meta: { correlation: orderId, causation: appendId },
  }
  return {
    stream: streamId('order', orderId),
    expected: event.type === 'order.placed' ? 'absent' : 'present',
    appendId,
    events: [stored],
  }
}
