import { type Decider, decider, reject } from 'watertight/event-store'
import type { RetailOrder } from '../contract/retail-order.ts'

/** Where an order stands, from the events of stream `order`/id. */
export interface OrderState {
  readonly status: 'none' | 'placed' | 'paid' | 'completed' | 'cancelled'
}

/** A command that says it all by its type. */
export type NoData = Readonly<Record<string, never>>

export interface OrderEvents {
  readonly placed: { readonly order: RetailOrder; readonly totalMinor: number }
  readonly paid: { readonly totalMinor: number }
  /** `wasPaid` is false when a person decided to go on without a charge. */
  readonly completed: { readonly wasPaid: boolean }
  /** `wasPaid`: the money went back. */
  readonly cancelled: { readonly reason: string; readonly wasPaid: boolean }
  /** Waits for a person; it may still be completed or cancelled. */
  readonly parked: { readonly reason: string }
}

export interface OrderCommands {
  readonly place: OrderEvents['placed']
  readonly pay: OrderEvents['paid']
  readonly complete: NoData
  readonly cancel: { readonly reason: string }
  readonly park: { readonly reason: string }
}

/** An order's life: placed, paid, completed; or cancelled, at any time before its end. */
export const orderDecider: Decider<OrderState, OrderEvents, OrderCommands> = decider<
  OrderState,
  OrderEvents,
  OrderCommands
>('order', {
  initial: { status: 'none' },
  evolve: {
    placed: () => ({ status: 'placed' }),
    paid: () => ({ status: 'paid' }),
    completed: () => ({ status: 'completed' }),
    cancelled: () => ({ status: 'cancelled' }),
    parked: (state) => state,
  },
  decide: {
    place: (data, { status }) => (status === 'none' ? { type: 'placed', data } : reject('ORDER_EXISTS')),
    pay: (data, { status }) => (status === 'placed' ? { type: 'paid', data } : reject('ORDER_NOT_PAYABLE', status)),
    complete: (_command, { status }) =>
      isOpen(status) ? { type: 'completed', data: { wasPaid: status === 'paid' } } : reject('ORDER_ENDED', status),
    cancel: ({ reason }, { status }) =>
      isOpen(status)
        ? { type: 'cancelled', data: { reason, wasPaid: status === 'paid' } }
        : reject('ORDER_ENDED', status),
    park: (data, { status }) => (isOpen(status) ? { type: 'parked', data } : reject('ORDER_ENDED', status)),
  },
})

function isOpen(status: OrderState['status']): boolean {
  return status === 'placed' || status === 'paid'
}
