import { keyedRandom } from 'watertight'
import type { IncidentOptions } from '../incident/options.ts'
import { type Script, scriptOf } from '../incident/script.ts'
import { ordersIn } from '../load/arrivals.ts'
import type { Route } from '../load/route.ts'
import { type ScheduledRequest, scheduleOf } from '../load/schedule.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import { generatedOrders } from '../retail/generated-orders.ts'
import { openingStock, type StockedArticle } from '../retail/opening-stock.ts'

/** The rates of a day, as `npm start` takes them. */
export type Rates = Pick<IncidentOptions, 'rate' | 'spike' | 'seconds'>

const SEEDS = 2 ** 31

/** The very day that `npm start` lives through with a seed: the same requests at the same instants, for the same goods. */
export class LiveDay {
  readonly script: Script
  readonly stock: readonly StockedArticle[]
  /** SHA-256 over the schedule: the record of a live run with the same seed has the same one. */
  readonly scheduleHash: string
  readonly #requests: readonly ScheduledRequest[]
  readonly #orders: ReadonlyMap<string, RetailOrder>

  constructor(rates: Rates, seed: number | string) {
    const number = typeof seed === 'number' ? seed : Math.floor(keyedRandom(seed)('day', 0) * SEEDS)
    this.script = scriptOf({ ...rates, seed: number })
    const { plan } = this.script
    const source = generatedOrders(number)
    const orders = Array.from({ length: ordersIn(plan) }, () => source.next().value)
    this.stock = openingStock(orders, number)
    this.#orders = new Map(orders.map((order) => [order.id, order]))
    const { requests, hash } = scheduleOf(plan, this.stock, orders)
    this.#requests = requests
    this.scheduleHash = hash
  }

  /** The requests of one route, in their order. */
  of(route: Route): readonly ScheduledRequest[] {
    return this.#requests.filter((request) => request.route === route)
  }

  orderOf({ orderId = '' }: ScheduledRequest): RetailOrder {
    const order = this.#orders.get(orderId)
    if (order === undefined) throw new RangeError(`the day has no order ${orderId}`)
    return order
  }
}
