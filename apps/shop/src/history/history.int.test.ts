import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRuntime } from 'watertight'
import type { Entry } from '../import/entry.ts'
import { storeEntries } from '../import/store-entries.ts'
import { order, type OrdersShop, ordersShop } from '../orders/orders.fixture.ts'
import { shopStores } from '../process/shop-stores.ts'

const entry = (id: string, placedAt: string, sku: string, customerId: string | null): Entry => ({
  kind: 'order',
  id,
  placedAt,
  customerId,
  country: 'EIRE <3',
  lines: [{ sku, description: null, quantity: 3, unitPriceMinor: 125, rounding: 0, line: 2 }],
})

describe('the history of the orders service', () => {
  let own: OrdersShop
  beforeEach(async () => {
    own = await ordersShop()
    const store = await shopStores(own.shop.dataFolder).open('orders')
    await storeEntries(store, systemRuntime, [
      entry('540001', '2011-09-01T10:00:00+01:00', 'BOWL', '17850'),
      entry('540002', '2011-09-03T10:00:00+01:00', 'MUG', null),
      entry('540003', '2011-09-04T10:00:00+01:00', 'MUG', '<b>'),
    ])
    await store.close()
    await expect
      .poll(async () => Object.values((await get('/history/lag')).body as object).every((lag) => lag === 0), {
        interval: 20,
        timeout: 5_000,
      })
      .toBe(true)
  })
  afterEach(() => own[Symbol.asyncDispose]())

  const get = (path: string, headers: Record<string, string> = {}): ReturnType<OrdersShop['shop']['request']> =>
    own.shop.request('orders', 'GET', path, { headers })

  it('shows a customer what the old records say, and what was ordered since', async () => {
    await own.place(order('1'))
    const { body } = await get('/history/customers/17850')
    expect(body).toMatchObject({
      spentMinor: 375,
      past: [{ id: '540001', kind: 'order', totalMinor: 375 }],
      orders: [{ id: '1' }],
    })
    expect((await get('/history/customers/nobody')).status).toBe(404)
  })

  it('shows it as a page, whatever characters a name is made of', async () => {
    const { body } = await get('/history/customers/%3Cb%3E', { accept: 'text/html,*/*;q=0.8' })
    expect(body).toContain('<h1>Orders of customer &lt;b></h1>')
    expect(body).toContain('<td>540003</td><td>order</td><td>£3.75</td>')
    expect(body).toContain('EIRE &lt;3')
  })

  it('tells what sold best, one invoice, and the days between two dates', async () => {
    expect((await get('/history/bestsellers?limit=1')).body).toEqual({
      articles: [{ sku: 'MUG', description: null, units: 6, revenueMinor: 750 }],
    })
    expect((await get('/history/invoices/540002')).body).toMatchObject({ id: '540002', customerId: null })
    expect((await get('/history/invoices/1')).status).toBe(404)
    const days = async (query: string): Promise<readonly string[]> =>
      ((await get(`/history/revenue${query}`)).body as { days: readonly { day: string }[] }).days.map(({ day }) => day)
    expect(await days('')).toEqual(['2011-09-01', '2011-09-03', '2011-09-04'])
    expect(await days('?from=2011-09-01&to=2011-09-03')).toEqual(['2011-09-01', '2011-09-03'])
    expect(await days('?from=2011-09-02&to=2011-09-03')).toEqual(['2011-09-03'])
    expect((await get('/history/revenue?from=yesterday')).status).toBe(400)
  })
})
