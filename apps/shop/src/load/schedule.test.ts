import { describe, expect, it } from 'vitest'
import { openingStock } from '../retail/opening-stock.ts'
import { takeOrders } from '../retail/take-orders.ts'
import { type LoadPlan, ordersIn } from './arrivals.ts'
import { SHOP_MIX } from './route.ts'
import { type Schedule, scheduleOf } from './schedule.ts'

const schedule = async (seed: number, change: (orders: string) => string = (orders) => orders): Promise<Schedule> => {
  const plan: LoadPlan = { seed, mix: SHOP_MIX, phases: [{ name: 'spike', seconds: 5, rate: 100 }] }
  const { orders } = await takeOrders(undefined, 1, ordersIn(plan))
  return scheduleOf(plan, openingStock(orders, 1), JSON.parse(change(JSON.stringify(orders))))
}

describe('the schedule of a run', () => {
  it('has the same hash for the same seed and orders', async () => {
    const [one, again] = await Promise.all([schedule(1), schedule(1)])
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(again).toEqual(one)
  })

  it('has another hash for another seed', async () => {
    expect((await schedule(2)).hash).not.toBe((await schedule(1)).hash)
  })

  it('has another hash when one order differs in a single field', async () => {
    expect((await schedule(1, (orders) => orders.replace('"quantity":', '"quantity":1'))).hash).not.toBe(
      (await schedule(1)).hash,
    )
  })

  it('places every order of the run once, in sequence', async () => {
    const { requests } = await schedule(1)
    const ids = requests.flatMap(({ orderId }) => (orderId === undefined ? [] : [orderId]))
    expect(ids).toEqual([...new Set(ids)])
    expect(ids).toEqual(ids.toSorted())
  })

  it('refuses to go on when there are fewer orders than it needs', async () => {
    await expect(schedule(1, () => '[]')).rejects.toThrow(/more than the 0 orders/)
  })

  it('searches for words that articles have', async () => {
    const { requests } = await schedule(1)
    const searches = requests.filter(({ route }) => route === 'search')
    expect(searches.length).toBeGreaterThan(30)
    expect(searches.every(({ target }) => /^[a-z]{4,}( [a-z]{4,})?$/.test(target))).toBe(true)
  })
})
