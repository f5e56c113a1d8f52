import { describe, expect, it } from 'vitest'
import { isFee, type RetailOrder } from '../contract/retail-order.ts'
import { type StockedArticle, openingStock } from './opening-stock.ts'
import { takeOrders } from './take-orders.ts'

/** How many orders find an article sold out when all are served one after the other. */
function refusedOf(orders: readonly RetailOrder[], stock: readonly StockedArticle[]): number {
  const available = new Map(stock.map(({ sku, opening }) => [sku, opening]))
  return orders.filter(({ lines }) => {
    const needed = Map.groupBy(
      lines.filter((line) => !isFee(line)),
      ({ sku }) => sku,
    )
    const quantities = [...needed].map(
      ([sku, same]) => [sku, same.reduce((sum, { quantity }) => sum + quantity, 0)] as const,
    )
    const refused = quantities.some(([sku, quantity]) => (available.get(sku) ?? 0) < quantity)
    for (const [sku, quantity] of refused ? [] : quantities) available.set(sku, (available.get(sku) ?? 0) - quantity)
    return refused
  }).length
}

describe('the opening stock', () => {
  it.each([1, 2, 3])('lets a few percent of the orders find an article sold out (seed %s)', async (seed) => {
    const { orders } = await takeOrders(undefined, seed, 2_300)
    const share = refusedOf(orders, openingStock(orders, seed)) / orders.length
    expect(share).toBeGreaterThan(0.005)
    expect(share).toBeLessThan(0.04)
  })

  it('holds every article of the orders once, and no fees', async () => {
    const { orders } = await takeOrders(undefined, 1, 300)
    const skus = openingStock(orders, 1).map(({ sku }) => sku)
    const wanted = new Set(orders.flatMap(({ lines }) => lines.filter((line) => !isFee(line)).map(({ sku }) => sku)))
    expect(skus.length).toBe(new Set(skus).size)
    expect(new Set(skus)).toEqual(wanted)
  })

  it('begins with the most wanted article', async () => {
    const { orders } = await takeOrders(undefined, 1, 300)
    const [first] = openingStock(orders, 1)
    const timesOrdered = (sku: string): number =>
      orders.filter(({ lines }) => lines.some((line) => line.sku === sku)).length
    expect(timesOrdered(first?.sku ?? '')).toBeGreaterThan(orders.length / 50)
  })

  it('is the same for the same orders and seed', async () => {
    const { orders } = await takeOrders(undefined, 1, 300)
    expect(openingStock(orders, 4)).toEqual(openingStock(orders, 4))
  })
})
