import { isWatertightError } from 'watertight'
import { readRow, runProjection } from 'watertight/event-store'
import { sagaEngine } from 'watertight/saga'
import type { RetailOrder } from '../contract/retail-order.ts'
import { History } from '../history/history.ts'
import { historyRoutes } from '../history/history-routes.ts'
import type { Callee, Protection } from '../protection/protection.ts'
import type { StartService } from '../process/service.ts'
import { acknowledge, type Acknowledgement, acknowledgementOf } from './acknowledgement.ts'
import { checkoutSaga } from './checkout.ts'
import { httpParticipants, notify } from './http-participants.ts'
import { cancellationLetters } from './cancellation-letters.ts'
import { orderDecider } from './order.ts'
import { OrderBook } from './order-book.ts'
import { ALL_ORDERS, NO_ORDERS, orderCounts } from './order-counts.ts'
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
  const notifications = context.dependency('notifications')
  const checkout = checkoutSaga(
    httpParticipants({
      inventory: context.dependency('inventory'),
      payments,
      shipping: context.dependency('shipping'),
      notifications,
      analytics: context.dependency('analytics'),
      atOnce: (name) => atOnce(protection, name),
    }),
    book,
  )
  const engine = sagaEngine({ store, runtime, sagas: [checkout], limits: { lease: LEASE } })
  const sagas = await SagaCounts.of(engine)
  const queue = new PaymentQueue(engine.events)
  const counting = runProjection(orderCounts, { store, runtime, categories: [orderDecider.category], leaseTtl: LEASE })
  const counts = async () => (await readRow(orderCounts, store, ALL_ORDERS)) ?? NO_ORDERS
  const lookAtCounts = async (): Promise<void> => {
    const { placed, paid } = await counts()
    sagas.setUnfinished(placed + paid)
  }
  await lookAtCounts()
  counting.on('handled', () => {
    lookAtCounts().catch((error: unknown) => runtime.report(error))
  })
  const letters = cancellationLetters({
    store,
    runtime,
    leaseTtl: LEASE,
    notify: (letter, signal) => notify(notifications, letter, signal),
    onFailed: (error) => context.refused(isWatertightError(error) ? error.code : 'DEFECT'),
  })

  const history = new History({ store, runtime, leaseTtl: LEASE })

  const hopeless = (): boolean =>
    protection.acknowledgeAtOnceWhenOpen &&
    (payments.pipeline.on(runtime).state().breaker === 'open' ||
      queue.length > atOnce(protection, 'payments') * ROUNDS_BEFORE)

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
        counts,
      })
      parkedRoutes(app, engine)
      historyRoutes(app, history)
    },
    snapshot: () => ({ sagas: sagas.snapshot() }),
    async close(drainMs) {
      await Promise.all([engine.close({ drain: drainMs }), counting.close(), letters.close(), history.close()])
    },
  }
}

/** As many calls as the dependency's compartment lets in: the checkouts behind them wait in the engine. */
function atOnce({ calls }: Protection, name: Callee): number {
  const { bulkhead } = 'attemptTimeout' in calls ? calls : calls[name]
  return bulkhead.concurrent
}
