import type { Rejection } from 'watertight/event-store'
import {
  type Input,
  saga,
  type SagaDefinition,
  type SagaEnd,
  type SagaHandle,
  type StepPipeline,
} from 'watertight/saga'
import { orderDecider } from './order.ts'
import type { OrderBook, OrderEntry, OrderFacts } from './order-book.ts'

/** What the checkout of an order needs to know; JSON data, kept with the saga. */
export interface CheckoutInput extends OrderFacts {
  readonly country: string
  /** The day it counts for, `YYYY-MM-DD`. */
  readonly day: string
  /** What is reserved and shipped, one entry per SKU; none for an order of fees only. */
  readonly goods: readonly { readonly sku: string; readonly quantity: number }[]
}

/** One request to a participant. */
export interface Ask {
  readonly order: CheckoutInput
  /** `order-<id>-<effect>`: the same on every attempt. */
  readonly key: string
  readonly signal: AbortSignal
}

export interface ChargeResult {
  /** False when there was nothing to charge. */
  readonly charged: boolean
}

/** How the calls of a participant are protected. */
export interface Lane {
  readonly via?: StepPipeline
  /** Calls under way at most; the others wait in the engine, where waiting costs nothing. */
  readonly concurrency?: number
}

/**
 * Those who do the work of a checkout. Each throws a retryable `WatertightError` when nobody knows, or not yet, what
 * happened; what says no for good is a `reject`.
 */
export interface CheckoutParticipants {
  readonly inventory: Lane & {
    reserve(ask: Ask): Promise<null | Rejection<'OUT_OF_STOCK' | 'RESERVATION_CLOSED'>>
    /** Safe when nothing was reserved; a later reserve is refused. */
    release(ask: Ask): Promise<unknown>
  }
  readonly payments: Lane & {
    charge(ask: Ask): Promise<null | Rejection<'DECLINED' | 'PAYMENT_CLOSED'>>
    /** Whether the charge happened. */
    find(ask: Ask): Promise<boolean>
    /** Safe when nothing was charged; a later charge is refused. */
    refund(ask: Ask): Promise<unknown>
  }
  readonly shipping: Lane & {
    ship(ask: Ask): Promise<{ readonly trackingId: string }>
  }
  readonly notifications: { completed(ask: Ask): Promise<unknown> }
  readonly analytics: { count(ask: Ask): Promise<unknown> }
}

/** A checkout as its starter sees it. */
export type CheckoutHandle = Pick<SagaHandle<CheckoutInput, CheckoutResults>, 'reached' | 'done'>

/** What each step of a finished checkout gave. */
export interface CheckoutResults {
  readonly reserve: { readonly reserved: boolean }
  readonly charge: ChargeResult
  readonly ship: { readonly trackingId: string | null }
}

const { pay, complete, cancel, park } = orderDecider.commands

const RELEASED_SOON = { attempts: 200, delay: '200ms', maxDelay: '5s' } as const
const OPTIONAL_TRIES = { attempts: 3, delay: '250ms', maxDelay: '2s' } as const

/**
 * The checkout of an order: reserve, charge, and from there on only forward: ship, notify, count. The order's own events and
 * its row in the read model are written in the commits of the saga, so that they can never say something else.
 *
 * An outage of payments is waited out for a quarter of an hour (180 tries, 5 s apart at most, refused calls not counted).
 */
export function checkoutSaga(
  { inventory, payments, shipping, notifications, analytics }: CheckoutParticipants,
  book: OrderBook,
): SagaDefinition<CheckoutInput, CheckoutResults> {
  const ask = (
    effect: string,
    { input, signal }: { readonly input: CheckoutInput; readonly signal: AbortSignal },
  ): Ask => ({
    order: input,
    key: `order-${input.orderId}-${effect}`,
    signal,
  })

  return saga(
    'checkout',
    {
      version: 1,
      recordEnd: (end) => book.entry(end.input, lastEntry(end)),
    },
    (steps: Input<CheckoutInput>) =>
      steps
        .step('reserve', {
          async run(context) {
            if (context.input.goods.length === 0) return { reserved: false }
            return (await inventory.reserve(ask('reserve', context))) ?? { reserved: true }
          },
          async undo(context) {
            if (context.input.goods.length > 0) await inventory.release(ask('reserve', context))
          },
          timeout: '10s',
          retry: { attempts: 40, delay: '200ms', maxDelay: '5s' },
          undoRetry: RELEASED_SOON,
          ...laneOf(inventory),
        })
        .step<'charge', Promise<ChargeResult | Rejection>>('charge', {
          async run(context) {
            if (context.input.totalMinor === 0) return { charged: false }
            return (await payments.charge(ask('charge', context))) ?? { charged: true }
          },
          async confirm(context) {
            if (context.input.totalMinor === 0) return { happened: true, result: { charged: false } }
            return (await payments.find(ask('charge', context)))
              ? { happened: true, result: { charged: true } }
              : { happened: false }
          },
          async undo(context) {
            if (context.input.totalMinor > 0) await payments.refund(ask('charge', context))
          },
          record: ({ input }) => book.entry(input, { command: pay({ totalMinor: input.totalMinor }), status: 'paid' }),
          timeout: '40s',
          retry: { attempts: 180, delay: '250ms', maxDelay: '5s' },
          undoRetry: RELEASED_SOON,
          ...laneOf(payments),
        })
        .pivot()
        .step('ship', {
          async run(context) {
            if (context.input.goods.length === 0) return { trackingId: null }
            return shipping.ship(ask('shipment', context))
          },
          timeout: '10s',
          retry: { delay: '200ms', maxDelay: '5s' },
          ...laneOf(shipping),
        })
        .step('notify', {
          optional: true,
          run: async (context) => {
            await notifications.completed(ask('notification', context))
          },
          timeout: '2s',
          retry: OPTIONAL_TRIES,
          transient: () => true,
        })
        .step('count', {
          optional: true,
          run: async (context) => {
            await analytics.count(ask('fact', context))
          },
          timeout: '2s',
          retry: OPTIONAL_TRIES,
          transient: () => true,
        }),
  )
}

function laneOf({ via, concurrency }: Lane): Lane {
  return { ...(via && { via }), ...(concurrency !== undefined && { concurrency }) }
}

function lastEntry(end: SagaEnd<CheckoutInput, CheckoutResults>): OrderEntry {
  if (end.outcome === 'completed') return { command: complete({}), status: 'completed' }
  if (end.outcome === 'compensated') {
    const reason = end.cause.code ?? end.cause.message
    return { command: cancel({ reason }), status: 'cancelled', reason }
  }
  const reason = end.cause.message
  return { command: park({ reason }), status: 'parked', reason }
}
