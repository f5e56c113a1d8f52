import type { Duration, Runtime } from 'watertight'
import { type Subscription, subscribe } from 'watertight/event-store'
import type { Store } from 'watertight/store'
import type { NotificationRequest } from '../contract/fulfilment.ts'
import type { OrderView } from '../contract/orders.ts'
import { orderDecider } from './order.ts'
import { ORDERS } from './order-book.ts'

export interface CancellationLettersOptions {
  readonly store: Store
  readonly runtime: Runtime
  /** Hands a letter over; once per order and kind, however often it is asked. */
  readonly notify: (letter: NotificationRequest, signal: AbortSignal) => Promise<void>
  /** A letter could not be handed over; it is tried again. */
  readonly onFailed: (error: unknown) => void
  readonly leaseTtl: Duration
}

/**
 * Tells customers that their order was cancelled. No step of the checkout: nothing waits for it, so it follows the events,
 * and a crash or an outage of notifications only makes it later.
 */
export function cancellationLetters(options: CancellationLettersOptions): Subscription {
  const { store, runtime, notify, onFailed, leaseTtl } = options
  const letters = subscribe({
    store,
    runtime,
    leaseTtl,
    name: 'cancellation-letters',
    categories: [orderDecider.category],
    types: [orderDecider.events.cancelled.type],
    batch: 8,
    async handle(events, { signal }) {
      const rows = await store.rows(
        ORDERS,
        events.map(({ stream }) => stream.id),
      )
      const views = rows.flatMap((row) => (row ? [row.value as OrderView] : []))
      await Promise.all(
        views.map(({ id, customerId }) => notify({ orderId: id, customerId, kind: 'order-cancelled' }, signal)),
      )
    },
  })
  letters.on('failed', ({ error }) => onFailed(error))
  return letters
}
