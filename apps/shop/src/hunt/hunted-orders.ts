import { isWatertightError, type Pipeline } from 'watertight'
import { reject } from 'watertight/event-store'
import { sagaEngine } from 'watertight/saga'
import type { ProcessContext, Remote } from 'watertight/simulation'
import type { Store } from 'watertight/store'
import type { Shipment, ShipmentRequest } from '../contract/fulfilment.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import type { ReservationAnswer } from '../inventory/reservations.ts'
import { type Ask, type CheckoutParticipants, checkoutSaga } from '../orders/checkout.ts'
import { OrderBook } from '../orders/order-book.ts'
import { Placing } from '../orders/placing.ts'
import type { Callee } from '../protection/protection.ts'
import type { PaymentsDesk } from './hunted-payments.ts'

/** What the inventory service can be asked. */
export type InventoryDesk = {
  reserve(orderId: string, lines: Ask['order']['goods']): Promise<ReservationAnswer>
  release(orderId: string): Promise<ReservationAnswer>
}

/** What the shipping service can be asked. */
export type ShippingDesk = { ship(request: ShipmentRequest): Promise<Shipment> }

/** What nobody waits for. */
export type LettersDesk = { write(key: string): Promise<void> }

/** What the orders service can be asked. */
export type OrdersDesk = {
  place(order: RetailOrder, key: string): Promise<'accepted' | 'keyReused' | 'orderExists'>
  /** Turns a checkout back, where that is still possible. */
  cancel(orderId: string): Promise<void>
}

/** The services a checkout calls, as one process reaches them. */
export interface CheckoutServices {
  readonly inventory: Remote<InventoryDesk>
  readonly payments: Remote<PaymentsDesk>
  readonly shipping: Remote<ShippingDesk>
  readonly letters: Remote<LettersDesk>
  /** The shop's own pipelines, as definitions. */
  readonly pipelineOf: (callee: Callee) => Pipeline
}

/** The orders service, with its saga engine. */
export function ordersDesk({ runtime }: ProcessContext, store: Store, services: CheckoutServices): OrdersDesk {
  const book = new OrderBook({ store, runtime })
  const checkout = checkoutSaga(participants(services), book)
  const engine = sagaEngine({ store, runtime, sagas: [checkout], limits: { lease: '3s', poll: '500ms' } })
  const placing = new Placing({
    book,
    async start(input, also) {
      try {
        const handle = await engine.start(checkout, input.orderId, input, { also })
        return handle.repeated ? undefined : handle
      } catch (error) {
        if (isWatertightError(error, 'CONFLICT') || isWatertightError(error, 'ID_REUSED')) return undefined
        throw error
      }
    },
  })
  return {
    place: async (order, key) => (await placing.place(order, key)).kind,
    async cancel(orderId) {
      try {
        await engine.cancel({ saga: checkout.name, id: orderId }, 'the customer changed their mind')
      } catch (error) {
        // Not there yet, past its pivot, or over.
        if (!isWatertightError(error) || !error.code.startsWith('SAGA_')) throw error
      }
    },
  }
}

function participants({ inventory, payments, shipping, letters, pipelineOf }: CheckoutServices): CheckoutParticipants {
  const request = ({ order: { orderId, totalMinor: amountMinor } }: Ask) => ({ orderId, amountMinor })
  return {
    inventory: {
      via: pipelineOf('inventory'),
      async reserve({ order: { orderId, goods } }) {
        const { status } = await inventory.reserve(orderId, goods)
        if (status === 'reserved') return null
        return reject(status === 'refused' ? 'OUT_OF_STOCK' : 'RESERVATION_CLOSED')
      },
      release: ({ order: { orderId } }) => inventory.release(orderId),
    },
    payments: {
      via: pipelineOf('payments'),
      charge: (ask) => payments.charge(ask.key, request(ask)),
      find: (ask) => payments.find(ask.key, request(ask)),
      refund: ({ key }) => payments.refund(key),
    },
    shipping: {
      via: pipelineOf('shipping'),
      ship: ({ order: { orderId, country, goods } }) =>
        shipping.ship({ orderId, country, units: goods.reduce((sum, { quantity }) => sum + quantity, 0) }),
    },
    notifications: { completed: ({ key }) => letters.write(key) },
    analytics: { count: ({ key }) => letters.write(key) },
  }
}
