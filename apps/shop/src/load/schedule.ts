import { createHash } from 'node:crypto'
import type { RetailOrder } from '../contract/retail-order.ts'
import { type Draw, draws } from '../retail/draws.ts'
import type { Article } from '../retail/generated-catalogue.ts'
import { type Arrival, arrivalsOf, type LoadPlan } from './arrivals.ts'

/** One request of the schedule; `target` is a SKU, search words, or an order's JSON; nothing for a sign-in. */
export interface ScheduledRequest extends Arrival {
  readonly target: string
  readonly orderId?: string
}

export interface Schedule {
  readonly requests: readonly ScheduledRequest[]
  /** SHA-256 over every request: its instant, route and whole target. Two runs with the same hash ask the same at the same time. */
  readonly hash: string
}

const SHORTEST_WORD = 4

/** Fills the arrivals of a plan: articles of the catalogue (wanted ones more often) and the orders in their sequence. */
export function scheduleOf(plan: LoadPlan, catalogue: readonly Article[], orders: readonly RetailOrder[]): Schedule {
  const draw = draws(plan.seed, 'target')
  let next = 0
  const requests = arrivalsOf(plan).map((arrival): ScheduledRequest => {
    if (arrival.route !== 'order') return { ...arrival, target: targetOf(arrival.route, catalogue, draw) }
    const order = orders[next++]
    if (order === undefined) throw new RangeError(`the schedule has more than the ${orders.length} orders of the run`)
    return { ...arrival, target: JSON.stringify(order), orderId: order.id }
  })
  const hash = createHash('sha256')
  for (const { atMs, phase, route, target } of requests) hash.update(`${atMs} ${phase} ${route} ${target}\n`)
  return { requests, hash: hash.digest('hex') }
}

function targetOf(route: 'browse' | 'search' | 'sign-in', catalogue: readonly Article[], draw: Draw): string {
  if (route === 'sign-in') return ''
  // The catalogue begins with what is wanted most: squaring prefers its front.
  const article = catalogue[Math.floor(draw() ** 2 * catalogue.length)]
  if (article === undefined) throw new RangeError('the catalogue is empty')
  return route === 'browse' ? article.sku : searchWords(article)
}

function searchWords({ sku, description }: Article): string {
  const words = description.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length >= SHORTEST_WORD)
  return words.length === 0 ? sku : words.slice(0, 2).join(' ').toLowerCase()
}
