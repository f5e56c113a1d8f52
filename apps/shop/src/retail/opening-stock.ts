import { isFee, type RetailOrder } from '../contract/retail-order.ts'
import { draws } from './draws.ts'
import type { Article } from './generated-catalogue.ts'

/** One line of `catalogue.ndjson`: an article and how many there are when the shop opens. */
export interface StockedArticle extends Article {
  readonly opening: number
}

/** By demand alone; the orders that are refused leave stock for others, so about half of it remains. */
const SHARE_REFUSED = 0.03
const SHARE_OF_DEMAND = 0.7
/** Articles in more orders than this share stay plentiful: one of them alone would refuse too many. */
const TOO_POPULAR = 0.01

interface Demand {
  readonly article: Article
  units: number
  orders: number
}

/**
 * The catalogue of a run: every article its orders hold, most wanted first, with an opening stock that is enough for all
 * but some articles, so that about 2% of the orders find one of them sold out.
 */
export function openingStock(orders: readonly RetailOrder[], seed: number): readonly StockedArticle[] {
  const demand = [...demandOf(orders).values()].toSorted(
    (a, b) => b.orders - a.orders || (a.article.sku < b.article.sku ? -1 : 1),
  )
  const draw = draws(seed, 'opening stock')
  let refusals = orders.length * SHARE_REFUSED
  const scarce = new Set<Demand>()
  const candidates = demand.map((entry) => ({ entry, rank: draw() })).toSorted((a, b) => a.rank - b.rank)
  for (const { entry } of candidates) {
    const refused = entry.orders * (1 - SHARE_OF_DEMAND)
    if (refused > refusals || entry.orders < 2 || entry.orders > orders.length * TOO_POPULAR) continue
    scarce.add(entry)
    refusals -= refused
  }
  return demand.map((entry) => ({
    ...entry.article,
    opening: scarce.has(entry) ? Math.floor(entry.units * SHARE_OF_DEMAND) : entry.units,
  }))
}

function demandOf(orders: readonly RetailOrder[]): Map<string, Demand> {
  const demand = new Map<string, Demand>()
  for (const order of orders) {
    const seen = new Set<string>()
    for (const line of order.lines) {
      if (isFee(line)) continue
      const entry = demand.get(line.sku) ?? { article: articleOf(line), units: 0, orders: 0 }
      demand.set(line.sku, entry)
      entry.units += line.quantity
      if (!seen.has(line.sku)) entry.orders++
      seen.add(line.sku)
    }
  }
  return demand
}

function articleOf(line: RetailOrder['lines'][number]): Article {
  return { sku: line.sku, description: line.description ?? line.sku, unitPriceMinor: line.unitPriceMinor }
}
