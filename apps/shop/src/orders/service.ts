import { isWatertightError } from 'watertight'
import { sagaEngine } from 'watertight/saga'
import type { RetailOrder } from '../contract/retail-order.ts'
import type { Protection } from '../protection/protection.ts'
import type { StartService } from '../process/service.ts'
import { acknowledge, type Acknowledgement, acknowledgementOf } from './acknowledgement.ts'
import { checkoutSaga } from './checkout.ts'
import { httpParticipants } from './http-participants.ts'
import { OrderBook } from './order-book.ts'
import { parkedRoutes } from './parked-routes.ts'
import { PaymentQueue } from './payment-queue.ts'
import { checkoutInput, Placing } from './placing.ts'
import { orderRoutes } from './routes.ts'
import { SagaCounts } from './saga-counts.ts'

/** So many rounds of charges before an order: it will not be paid while its customer waits. */
const ROUNDS_BEFORE = 4
/** Of a checkout whose process died, until the next one goes on with it. */
const LEASE = '3s'

/** Takes orders and sees them through. See contract/orders.ts. */
export const startOrders: StartService = async (context) => {
  const { runtime, protection } = context
  const store = await context.openStore()
  const book = new OrderBook({ store, runtime })
  const payments = context.dependency('payments')
  const chargesAtOnce = chargesAtOnceOf(protection)
  const checkout = checkoutSaga(
    httpParticipants({
      inventory: context.dependency('inventory'),
      payments,
      shipping: context.dependency('shipping'),
      notifications: context.dependency('notifications'),
      analytics: context.dependency('analytics'),
      chargesAtOnce,
    }),
    book,
  )
  const engine = sagaEngine({ store, runtime, sagas: [checkout], limits: { lease: LEASE } })
  const counts = await SagaCounts.of(engine)
  const queue = new PaymentQueue(engine.events)

  const hopeless = (): boolean =>
    protection.acknowledgeAtOnceWhenOpen &&
    (payments.pipeline.on(runtime).state().breaker === 'open' || queue.length > chargesAtOnce * ROUNDS_BEFORE)

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

  /** For an order that an earlier request placed: what is known of it, or else the same wait as the first. */
  const acknowledgeAgain = async (order: RetailOrder): Promise<Acknowledgement> => {
    const view = await book.find(order.id)
    const known = view ? acknowledgementOf(view) : undefined
    if (known && known.status !== 'pending') return known
    const handle = await engine.start(checkout, order.id, checkoutInput(order))
    return acknowledge(handle, { runtime, within: protection.acknowledgeWithin, hopeless })
  }

  return {
    routes(app) {
      orderRoutes(app, {
        book,
        async place(order, key) {
          const placed = await placing.place(order, key)
          if (placed.kind !== 'accepted') return placed
          const { checkout: handle } = placed
          return handle
            ? acknowledge(handle, { runtime, within: protection.acknowledgeWithin, hopeless })
            : acknowledgeAgain(order)
        },
        counts: () => Promise.resolve({}),
      })
      parkedRoutes(app, engine)
    },
    snapshot: () => ({ sagas: counts.snapshot() }),
    close: (drainMs) => engine.close({ drain: drainMs }),
  }
}

/** As many as the compartment of payments lets in, so that a charge waits here, where waiting costs nothing. */
function chargesAtOnceOf({ calls }: Protection): number {
  return 'payments' in calls ? calls.payments.bulkhead.concurrent : calls.bulkhead.concurrent
}
