import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OrderView } from '../contract/orders.ts'
import { line, order, type OrdersShop, ordersShop, postage } from './orders.fixture.ts'

describe('orders', () => {
  let own: OrdersShop
  beforeEach(async () => {
    own = await ordersShop()
  })
  afterEach(() => own[Symbol.asyncDispose]())

  const becomes = async (id: string, status: OrderView['status']): Promise<void> => {
    await expect.poll(async () => (await own.view(id)).status, { interval: 10, timeout: 5000 }).toBe(status)
  }

  it('answers paid, and sees the order through to its letter and its figures', async () => {
    await expect(own.place(order('1'))).resolves.toMatchObject({ status: 201, body: { orderId: '1', status: 'paid' } })
    await becomes('1', 'completed')
    expect(await own.view('1')).toMatchObject({ totalMinor: 2050, customerId: '17850' })
    expect(await own.available()).toBe(18)
    expect(own.shipping.requests.map(({ body }) => body)).toEqual([{ orderId: '1', country: 'EIRE', units: 2 }])
    expect(own.notifications.requests.map(({ body }) => body)).toEqual([
      { orderId: '1', customerId: '17850', kind: 'order-completed' },
    ])
    expect(own.analytics.requests.map(({ body }) => body)).toEqual([
      { id: 'order-1-fact', orderId: '1', country: 'EIRE', totalMinor: 2050, day: '2011-12-09' },
    ])
  })

  it('charges fees but reserves and ships none, and charges nothing for a free order', async () => {
    await own.place(order('fees', { lines: [postage] }))
    await own.place(order('free', { lines: [{ ...line, unitPriceMinor: 0 }] }))
    await Promise.all([becomes('fees', 'completed'), becomes('free', 'completed')])
    expect([...own.desk.charged]).toEqual(['order-fees-charge'])
    expect(own.shipping.requests.map(({ body }) => (body as { orderId: string }).orderId)).toEqual(['free'])
    expect(await own.available()).toBe(18)
  })

  it('accepts a repeated request once and answers it like the first', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => own.place(order('1'))))
    answers.push(await own.place(order('1')))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    await becomes('1', 'completed')
    expect(await own.available()).toBe(18)
    expect(own.shipping.requests).toHaveLength(1)
  })

  it('refuses a key that was used for another order, and an order under another key', async () => {
    await own.place(order('1'))
    await expect(own.place(order('1', { country: 'RSA' }))).resolves.toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    })
    await expect(own.place(order('2'), 'key-1')).resolves.toMatchObject({ status: 422 })
    await expect(own.place(order('1'), 'another')).resolves.toMatchObject({
      status: 409,
      body: { code: 'ORDER_EXISTS' },
    })
    expect((await own.shop.request('orders', 'GET', '/orders/2')).status).toBe(404)
  })

  it('takes one of two different orders that come at once under one id', async () => {
    const answers = await Promise.all([own.place(order('1'), 'a'), own.place(order('1', { country: 'RSA' }), 'b')])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]))
  })

  it.each([
    ['without lines', { lines: [] }],
    ['with half a piece', { lines: [{ ...line, quantity: 0.5 }] }],
    ['in dollars', { currency: 'USD' as 'GBP' }],
    ['whose id would be a path', { id: '../1' }],
  ])('refuses an order %s', async (_what, changes) => {
    await expect(own.place(order('1', changes))).resolves.toMatchObject({ status: 400 })
  })

  it('says that an article has run out, without charging anything', async () => {
    const many = order('1', { lines: [{ ...line, quantity: 21 }] })
    await expect(own.place(many)).resolves.toMatchObject({ status: 409, body: { code: 'ORDER_REJECTED' } })
    expect(await own.view('1')).toMatchObject({ status: 'cancelled', reason: 'OUT_OF_STOCK' })
    await expect(own.place(many)).resolves.toMatchObject({ status: 409, body: { code: 'ORDER_REJECTED' } })
    expect(own.desk.charged.size).toBe(0)
  })

  it('lists the latest orders of a customer, and tells the whole life of one', async () => {
    for (const id of ['1', '2', '3']) await own.place(order(id))
    await own.place(order('other', { customerId: '17850/2' }))
    await own.place(order('guest', { customerId: null }))
    const { body } = await own.shop.request('orders', 'GET', '/orders?customer=17850&limit=2')
    expect((body as { orders: OrderView[] }).orders.map(({ id }) => id)).toEqual(['3', '2'])
    await becomes('1', 'completed')
    const timeline = await own.shop.request('orders', 'GET', '/orders/1/timeline')
    const types = (timeline.body as { entries: { type: string }[] }).entries.map(({ type }) => type)
    expect(types.filter((type) => type.startsWith('order.'))).toEqual(['order.placed', 'order.paid', 'order.completed'])
    expect(types).toContain('saga.completed')
  })

  it('counts the orders by status, a moment later', async () => {
    await own.place(order('1'))
    await own.place(order('2', { lines: [{ ...line, quantity: 21 }] }))
    const counts = async () => (await own.shop.request('orders', 'GET', '/order-counts')).body
    await expect.poll(counts).toEqual({ placed: 0, paid: 0, completed: 1, cancelled: 1 })
  })
})
