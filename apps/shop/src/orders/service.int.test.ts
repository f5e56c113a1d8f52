import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OrderView } from '../contract/orders.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import type { JsonPeer, PeerHandler } from '../testing/json-peer.ts'
import { type TestReply, type TestShop, testShop } from '../testing/test-shop.ts'

const line = { sku: '20677', description: 'PINK POLKADOT BOWL', quantity: 2, unitPriceMinor: 125 }
const postage = { sku: 'POST', description: 'POSTAGE', quantity: 1, unitPriceMinor: 1800 }

function order(id: string, changes: Partial<RetailOrder> = {}): RetailOrder {
  return {
    id,
    placedAt: '2011-12-09T12:50:00+00:00',
    customerId: '17850',
    country: 'EIRE',
    currency: 'GBP',
    lines: [line, postage],
    ...changes,
  }
}

/** Payments that charge once per key, in memory. */
function paymentsDesk() {
  const charged = new Set<string>()
  const closed = new Set<string>()
  const answer: PeerHandler = ({ method, path, headers, body }) => {
    if (path.endsWith('/refund')) {
      const key = decodeURIComponent(path.split('/')[2] ?? '')
      closed.add(key)
      charged.delete(key)
      return { status: 200, body: { key, status: 'closed' } }
    }
    if (method === 'GET') {
      const key = decodeURIComponent(path.split('/')[2] ?? '')
      return charged.has(key)
        ? { status: 200, body: { key, status: 'charged' } }
        : { status: 404, body: { code: 'UNKNOWN_PAYMENT' } }
    }
    const key = headers['idempotency-key'] as string
    if (closed.has(key)) return { status: 409, body: { code: 'PAYMENT_CLOSED' } }
    charged.add(key)
    return { status: 201, body: { key, status: 'charged', ...(body as object) } }
  }
  return { charged, closed, answer }
}

describe('orders', () => {
  let shop: TestShop
  let payments: ReturnType<typeof paymentsDesk>
  let shipped: JsonPeer
  let notified: JsonPeer
  let counted: JsonPeer

  beforeEach(async () => {
    shop = await testShop()
    await writeFile(
      join(shop.dataFolder, 'catalogue.ndjson'),
      `${JSON.stringify({ sku: line.sku, description: line.description, unitPriceMinor: 125, opening: 20 })}\n`,
    )
    payments = paymentsDesk()
    await shop.start('inventory')
    shipped = await shop.peer('shipping', ({ body }) => ({
      status: 201,
      body: { orderId: (body as { orderId: string }).orderId, trackingId: 'track-1' },
    }))
  })
  afterEach(() => shop[Symbol.asyncDispose]())

  const startOrders = async (): Promise<void> => {
    await shop.start('orders')
  }
  const peers = async (
    handlers: { payments?: PeerHandler; notifications?: PeerHandler; analytics?: PeerHandler } = {},
  ) => {
    await shop.peer('payments', handlers.payments ?? payments.answer)
    notified = await shop.peer('notifications', handlers.notifications ?? (() => ({ status: 202 })))
    counted = await shop.peer('analytics', handlers.analytics ?? (() => ({ status: 202 })))
  }
  const place = (body: RetailOrder, key = `key-${body.id}`): Promise<TestReply> =>
    shop.request('orders', 'POST', '/orders', { body, headers: { 'idempotency-key': key } })
  const view = async (id: string): Promise<OrderView> =>
    (await shop.request('orders', 'GET', `/orders/${id}`)).body as OrderView
  const becomes = (id: string, status: OrderView['status'], timeout = 5000): Promise<void> =>
    expect.poll(async () => (await view(id)).status, { interval: 10, timeout }).toBe(status)
  const available = async (): Promise<unknown> => {
    const { body } = await shop.request('inventory', 'GET', `/products/${line.sku}`)
    return (body as { available: number }).available
  }

  it('answers paid, and sees the order through to its letter and its figures', async () => {
    await peers()
    await startOrders()
    await expect(place(order('1'))).resolves.toMatchObject({ status: 201, body: { orderId: '1', status: 'paid' } })
    await becomes('1', 'completed')
    expect(await view('1')).toMatchObject({ totalMinor: 2050, customerId: '17850' })
    expect(await available()).toBe(18)
    expect(shipped.requests.map(({ body }) => body)).toEqual([{ orderId: '1', country: 'EIRE', units: 2 }])
    expect(notified.requests.map(({ body }) => body)).toEqual([
      { orderId: '1', customerId: '17850', kind: 'order-completed' },
    ])
    expect(counted.requests.map(({ body }) => body)).toEqual([
      { id: 'order-1-fact', orderId: '1', country: 'EIRE', totalMinor: 2050, day: '2011-12-09' },
    ])
  })

  it('charges fees but reserves and ships none, and charges nothing for a free order', async () => {
    await peers()
    await startOrders()
    await place(order('fees', { lines: [postage] }))
    await place(order('free', { lines: [{ ...line, unitPriceMinor: 0 }] }))
    await Promise.all([becomes('fees', 'completed'), becomes('free', 'completed')])
    expect([...payments.charged]).toEqual(['order-fees-charge'])
    expect(shipped.requests.map(({ body }) => (body as { orderId: string }).orderId)).toEqual(['free'])
    expect(await available()).toBe(18)
  })

  it('accepts a repeated request once and answers it like the first', async () => {
    await peers()
    await startOrders()
    const answers = await Promise.all([1, 2, 3].map(() => place(order('1'))))
    answers.push(await place(order('1')))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    await becomes('1', 'completed')
    expect(await available()).toBe(18)
    expect(shipped.requests).toHaveLength(1)
  })

  it('refuses a key that was used for another order, and an order under another key', async () => {
    await peers()
    await startOrders()
    await place(order('1'))
    await expect(place(order('1', { country: 'RSA' }))).resolves.toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    })
    await expect(place(order('2'), 'key-1')).resolves.toMatchObject({ status: 422 })
    await expect(place(order('1'), 'another')).resolves.toMatchObject({ status: 409, body: { code: 'ORDER_EXISTS' } })
    expect((await shop.request('orders', 'GET', '/orders/2')).status).toBe(404)
  })

  it('takes one of two different orders that come at once under one id', async () => {
    await peers()
    await startOrders()
    const answers = await Promise.all([place(order('1'), 'a'), place(order('1', { country: 'RSA' }), 'b')])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409])
  })

  it.each([
    ['without lines', { lines: [] }],
    ['with half a piece', { lines: [{ ...line, quantity: 0.5 }] }],
    ['in dollars', { currency: 'USD' as 'GBP' }],
    ['whose id would be a path', { id: '../1' }],
  ])('refuses an order %s', async (_what, changes) => {
    await peers()
    await startOrders()
    await expect(place(order('1', changes))).resolves.toMatchObject({ status: 400 })
  })

  it('says that an article has run out, without charging anything', async () => {
    await peers()
    await startOrders()
    const many = order('1', { lines: [{ ...line, quantity: 21 }] })
    await expect(place(many)).resolves.toMatchObject({ status: 409, body: { code: 'ORDER_REJECTED' } })
    expect(await view('1')).toMatchObject({ status: 'cancelled', reason: 'OUT_OF_STOCK' })
    await expect(place(many)).resolves.toMatchObject({ status: 409, body: { code: 'ORDER_REJECTED' } })
    expect(payments.charged.size).toBe(0)
  })

  it('gives the stock back when the card is declined', async () => {
    await peers({
      payments: ({ path }) =>
        path.endsWith('/refund') ? { status: 200 } : { status: 402, body: { code: 'DECLINED' } },
    })
    await startOrders()
    await expect(place(order('1'))).resolves.toMatchObject({
      status: 409,
      body: { message: 'order 1 was refused: DECLINED' },
    })
    expect(await view('1')).toMatchObject({ status: 'cancelled', reason: 'DECLINED' })
    expect(await available()).toBe(20)
    expect(shipped.requests).toHaveLength(0)
  })

  it('answers pending while payments hang, and finishes later, charged once', async () => {
    let hangs = true
    await peers({ payments: (request) => (hangs ? 'hang' : payments.answer(request)) })
    await startOrders()
    await expect(place(order('1'))).resolves.toMatchObject({ status: 202, body: { orderId: '1', status: 'pending' } })
    hangs = false
    await becomes('1', 'completed')
    expect([...payments.charged]).toEqual(['order-1-charge'])
  })

  it('answers pending at once when the payments circuit is open, and pays when it closes', async () => {
    let down = true
    await peers({
      payments: (request) => (down ? { status: 503, body: { code: 'NO_PROVIDER' } } : payments.answer(request)),
    })
    const orders = await shop.start('orders')
    const breaker = () => orders.snapshot().pipelines?.['payments']?.breaker
    for (let i = 0; i < 6; i++) await place(order(`early-${i}`))
    await expect.poll(breaker).toBe('open')
    await expect(place(order('late'))).resolves.toMatchObject({ status: 202 })
    down = false
    await becomes('late', 'completed', 8000)
    expect(orders.snapshot().sagas).toMatchObject({ parked: 0 })
  })

  it('completes orders while mail and figures are down', async () => {
    const gone = (): { status: number } => ({ status: 503 })
    await peers({ notifications: gone, analytics: () => 'cut' })
    await startOrders()
    await expect(place(order('1'))).resolves.toMatchObject({ status: 201 })
    await becomes('1', 'completed', 8000)
  })

  it('charges once when the answer of payments is lost', async () => {
    let posts = 0
    await peers({
      payments: async (request) => {
        const answer = await payments.answer(request)
        return request.method === 'POST' && posts++ === 0 ? 'cut' : answer
      },
    })
    await startOrders()
    await place(order('1'))
    await becomes('1', 'completed')
    expect(posts).toBe(1)
    expect([...payments.charged]).toEqual(['order-1-charge'])
  })

  it('settles a charge that payments do not know about by repeating its key', async () => {
    let posts = 0
    await peers({
      payments: (request) => {
        if (request.method === 'GET') return { status: 200, body: { status: 'unsettled' } }
        return posts++ === 0 ? { status: 503, body: { code: 'NOT_SETTLED' } } : payments.answer(request)
      },
    })
    await startOrders()
    await place(order('1'))
    await becomes('1', 'completed')
    expect(posts).toBe(2)
  })

  it('parks an order when a service answers what the contract does not know, until a person decides', async () => {
    let odd = true
    await peers({ payments: (request) => (odd ? { status: 418, body: { code: 'TEAPOT' } } : payments.answer(request)) })
    await startOrders()
    await expect(place(order('1'))).resolves.toMatchObject({ status: 202 })
    await becomes('1', 'parked')
    expect((await shop.request('orders', 'GET', '/parked')).body).toMatchObject({
      parked: [{ sagaId: '1', cause: { step: 'charge' } }],
    })
    odd = false
    await expect(shop.request('orders', 'POST', '/parked/1/retry')).resolves.toMatchObject({ status: 200 })
    await becomes('1', 'completed')
    expect((await shop.request('orders', 'GET', '/parked')).body).toEqual({ parked: [] })
    await expect(shop.request('orders', 'POST', '/parked/1/retry')).resolves.toMatchObject({ status: 409 })
    await expect(shop.request('orders', 'POST', '/parked/none/retry')).resolves.toMatchObject({ status: 404 })
  })

  it('lists the latest orders of a customer, and tells the whole life of one', async () => {
    await peers()
    await startOrders()
    for (const id of ['1', '2', '3']) await place(order(id))
    await place(order('other', { customerId: '17850/2' }))
    await place(order('guest', { customerId: null }))
    const { body } = await shop.request('orders', 'GET', '/orders?customer=17850&limit=2')
    expect((body as { orders: OrderView[] }).orders.map(({ id }) => id)).toEqual(['3', '2'])
    await becomes('1', 'completed')
    const timeline = await shop.request('orders', 'GET', '/orders/1/timeline')
    const types = (timeline.body as { entries: { type: string }[] }).entries.map(({ type }) => type)
    expect(types.filter((type) => type.startsWith('order.'))).toEqual(['order.placed', 'order.paid', 'order.completed'])
    expect(types).toContain('saga.completed')
  })

  it('goes on after a restart with the orders that were pending', async () => {
    await peers({ payments: () => 'hang' })
    await startOrders()
    await expect(place(order('1'))).resolves.toMatchObject({ status: 202 })
    await shop.stop('orders')
    await shop.stop('payments')
    await shop.peer('payments', payments.answer)
    await startOrders()
    await becomes('1', 'completed', 8000)
    expect([...payments.charged]).toEqual(['order-1-charge'])
  })
})
