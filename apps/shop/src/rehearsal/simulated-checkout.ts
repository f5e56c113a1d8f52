import { reject } from 'watertight/event-store'
import { sagaEngine } from 'watertight/saga'
import type { Simulation } from 'watertight/simulation'
import { memoryStore } from 'watertight/store'
import type { RetailOrder } from '../contract/retail-order.ts'
import { acknowledge, type Acknowledgement, acknowledgementOf } from '../orders/acknowledgement.ts'
import {
  type Ask,
  type CheckoutHandle,
  type CheckoutInput,
  type CheckoutParticipants,
  checkoutSaga,
} from '../orders/checkout.ts'
import { OrderBook } from '../orders/order-book.ts'
import { PaymentQueue } from '../orders/payment-queue.ts'
import { checkoutInput, Placing } from '../orders/placing.ts'
import type { Callee, Protection } from '../protection/protection.ts'
import type { StockedArticle } from '../retail/opening-stock.ts'
import type { Calls } from './calls.ts'
import { pause } from './pause.ts'
import type { ShopTimes } from './shop-times.ts'
import { SimulatedProviders } from './simulated-providers.ts'

/** As the order service: so many rounds of charges before an order, and it will not be paid while its customer waits. */
const ROUNDS_BEFORE = 4

/** What a checkout is made of. */
export interface SimulatedCheckoutOptions {
  readonly sim: Simulation
  readonly protection: Protection
  readonly times: ShopTimes
  readonly stock: readonly StockedArticle[]
  /** How the order service calls. */
  readonly orders: Calls
  /** How the payment service calls. */
  readonly payments: Calls
  /** How shipping calls. */
  readonly shipping: Calls
}

/**
 * The order service on a simulation: the real placing, saga and acknowledgement on a store in memory; its participants are simulated
 * processes.
 */
export class SimulatedCheckout {
  readonly #options: SimulatedCheckoutOptions
  readonly #book: OrderBook
  readonly #placing: Placing
  readonly #start: (input: CheckoutInput) => Promise<CheckoutHandle>
  readonly #hopeless: () => boolean
  readonly #stock: Map<string, number>
  readonly #providers: SimulatedProviders
  /** The keys of draws, by order. */
  readonly #ids = new Map<string, number>()
  readonly #tries = new Map<string, number>()

  constructor(options: SimulatedCheckoutOptions) {
    this.#options = options
    const { sim, protection, orders, stock } = options
    const { runtime } = sim
    const store = memoryStore({ runtime })
    this.#book = new OrderBook({ store, runtime })
    this.#stock = new Map(stock.map(({ sku, opening }) => [sku, opening]))
    this.#providers = new SimulatedProviders(sim, options.payments)
    const checkout = checkoutSaga(this.#participants(), this.#book)
    const engine = sagaEngine({ store, runtime, sagas: [checkout] })
    const queue = new PaymentQueue(engine.events)
    const waiting = atOnce(protection, 'payments') * ROUNDS_BEFORE
    const payments = orders.via('payments').on(runtime)
    this.#hopeless = () =>
      protection.acknowledgeAtOnceWhenOpen && (payments.state().breaker === 'open' || queue.length > waiting)
    this.#start = (input) => engine.start(checkout, input.orderId, input)
    this.#placing = new Placing({
      book: this.#book,
      start: (input, also) => engine.start(checkout, input.orderId, input, { also }),
    })
  }

  /** Places an order and tells what its customer is told. */
  async place(order: RetailOrder, id: number): Promise<Acknowledgement> {
    const { runtime } = this.#options.sim
    const { acknowledgeWithin: within } = this.#options.protection
    this.#ids.set(order.id, id)
    const placed = await this.#placing.place(order, `order-${order.id}`)
    await this.#commit()
    if (placed.kind !== 'accepted') return { status: 'rejected', reason: placed.kind }
    const waiting = { runtime, within, hopeless: this.#hopeless }
    // Placed by an earlier try of the same request: known, or else the same wait as the first.
    const view = placed.checkout === undefined ? await this.#book.find(order.id) : undefined
    const known = view && acknowledgementOf(view)
    if (known !== undefined && known.status !== 'pending') return known
    return acknowledge(placed.checkout ?? (await this.#start(checkoutInput(order))), waiting)
  }

  #participants(): CheckoutParticipants {
    const { protection, orders, shipping } = this.#options
    const lane = (callee: Callee) => ({ via: orders.via(callee), concurrency: atOnce(protection, callee) })
    const ask = <T>(callee: Callee, { order, key }: Ask, work: () => Promise<T>): Promise<T> =>
      orders.direct(callee, this.#idOf(order.orderId), this.#tryOf(key), work)
    return {
      inventory: {
        ...lane('inventory'),
        reserve: (asked) => ask('inventory', asked, () => this.#reserve(asked)),
        release: (asked) => ask('inventory', asked, () => this.#commit()),
      },
      payments: {
        ...lane('payments'),
        charge: (asked) =>
          ask('payments', asked, async () => {
            await this.#commit()
            await this.#providers.charge(asked.key, this.#idOf(asked.order.orderId))
            await this.#commit()
            return null
          }),
        find: (asked) => ask('payments', asked, async () => this.#providers.hasCharged(asked.key)),
        refund: (asked) => ask('payments', asked, () => this.#commit()),
      },
      shipping: {
        ...lane('shipping'),
        ship: (asked) =>
          ask('shipping', asked, async () => {
            await shipping.ask('carrier', { id: this.#idOf(asked.order.orderId) }, () => this.#commit())
            return { trackingId: asked.key }
          }),
      },
      notifications: { completed: (asked) => this.#tell('notifications', asked) },
      analytics: { count: (asked) => this.#tell('analytics', asked) },
    }
  }

  #tell(callee: 'notifications' | 'analytics', { order }: Ask): Promise<unknown> {
    return this.#options.orders.ask(callee, { id: this.#idOf(order.orderId) }, () => this.#commit())
  }

  async #reserve({ order: { goods } }: Ask): ReturnType<CheckoutParticipants['inventory']['reserve']> {
    await this.#commit()
    const scarce = goods.some(({ sku, quantity }) => (this.#stock.get(sku) ?? 0) < quantity)
    if (scarce) return reject('OUT_OF_STOCK')
    for (const { sku, quantity } of goods) this.#stock.set(sku, (this.#stock.get(sku) ?? 0) - quantity)
    return null
  }

  #commit(): Promise<void> {
    return pause(this.#options.sim.runtime, this.#options.times.commitMs)
  }

  #idOf(orderId: string): number {
    return this.#ids.get(orderId) ?? 0
  }

  #tryOf(key: string): number {
    const tries = (this.#tries.get(key) ?? 0) + 1
    this.#tries.set(key, tries)
    return tries
  }
}

/** As many calls as the dependency's compartment lets in: the checkouts behind them wait in the engine. */
function atOnce({ calls }: Protection, name: Callee): number {
  const { bulkhead } = 'attemptTimeout' in calls ? calls : calls[name]
  return bulkhead.concurrent
}
