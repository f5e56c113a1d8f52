import { type Decider, decider, reject } from 'watertight/event-store'
import type { RetailOrder } from '../contract/retail-order.ts'

/** Where an order stands, from the events of stream `order`/id. */
export interface OrderState {
  readonly status: 'none' | 'placed' | 'paid' | 'completed' | 'cancelled'
}

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
  readonly complete: Readonly<Record<never, never>>
  readonly cancel: { readonly reason: string }
  readonly park: { readonly reason: string }
}

/** An order's life: placed, paid, completed; or cancelled, at any time before its end. */
export const orderDecider: Decider<OrderState, OrderEvents, OrderCommands> = decider('order', {
  initial: { status: 'none' } as OrderState,
  evolve: {
    placed: (_state, _data: OrderEvents['placed']) => ({ status: 'placed' }),
    paid: (_state, _data: OrderEvents['paid']) => ({ status: 'paid' }),
    completed: (_state, _data: OrderEvents['completed']) => ({ status: 'completed' }),
    cancelled: (_state, _data: OrderEvents['cancelled']) => ({ status: 'cancelled' }),
    parked: (state, _data: OrderEvents['parked']) => state,
  },
  decide: {
    place: (data: OrderCommands['place'], { status }) =>
      status === 'none' ? { type: 'placed', data } : reject('ORDER_EXISTS'),
    pay: (data: OrderCommands['pay'], { status }) =>
      status === 'placed' ? { type: 'paid', data } : reject('ORDER_NOT_PAYABLE', status),
    complete: (_data: OrderCommands['complete'], { status }) =>
      isOpen(status) ? { type: 'completed', data: { wasPaid: status === 'paid' } } : reject('ORDER_ENDED', status),
    cancel: ({ reason }: OrderCommands['cancel'], { status }) =>
      isOpen(status)
        ? { type: 'cancelled', data: { reason, wasPaid: status === 'paid' } }
        : reject('ORDER_ENDED', status),
    park: (data: OrderCommands['park'], { status }) =>
      isOpen(status) ? { type: 'parked', data } : reject('ORDER_ENDED', status),
  },
})

function isOpen(status: OrderState['status']): boolean {
  return status === 'placed' || status === 'paid'
}
