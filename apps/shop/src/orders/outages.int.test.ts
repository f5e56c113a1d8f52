import { afterEach, describe, expect, it } from 'vitest'
import type { OrderView } from '../contract/orders.ts'
import { order, type OrdersPeers, type OrdersShop, ordersShop, type PaymentsDesk } from './orders.fixture.ts'

describe('orders, when others fail', () => {
  let own: OrdersShop
  afterEach(() => own[Symbol.asyncDispose]())

  const start = async (peers: OrdersPeers | ((desk: PaymentsDesk) => OrdersPeers)): Promise<void> => {
    own = await ordersShop(peers)
  }
  const becomes = async (id: string, status: OrderView['status']): Promise<void> => {
    await expect.poll(async () => (await own.view(id)).status, { interval: 10, timeout: 10_000 }).toBe(status)
  }

  it('gives the stock back when the card is declined', async () => {
    await start({ payments: ({ path }) => (path.endsWith('/refund') ? { status: 200 } : { status: 402, body: {} }) })
    await expect(own.place(order('1'))).resolves.toMatchObject({
      status: 409,
      body: { message: 'order 1 was refused: DECLINED' },
    })
    expect(await own.view('1')).toMatchObject({ status: 'cancelled', reason: 'DECLINED' })
    expect(await own.available()).toBe(20)
    expect(own.shipping.requests).toHaveLength(0)
  })

  it('answers pending while payments hang, and finishes later, charged once', async () => {
    let hangs = true
    await start((desk) => ({ payments: (request) => (hangs ? 'hang' : desk.answer(request)) }))
    await expect(own.place(order('1'))).resolves.toMatchObject({ status: 202, body: { status: 'pending' } })
    hangs = false
    await becomes('1', 'completed')
    expect([...own.desk.charged]).toEqual(['order-1-charge'])
  })

  it('answers pending at once when the payments circuit is open, and pays when it closes', async () => {
    let down = true
    await start((desk) => ({ payments: (request) => (down ? { status: 503, body: {} } : desk.answer(request)) }))
    for (let i = 0; i < 6; i++) await own.place(order(`early-${i}`))
    await expect.poll(() => own.orders.snapshot().pipelines?.['payments']?.breaker).toBe('open')
    await expect(own.place(order('late'))).resolves.toMatchObject({ status: 202 })
    down = false
    await becomes('late', 'completed')
    expect(own.orders.snapshot().sagas).toMatchObject({ parked: 0 })
  })

  it('completes orders while mail and figures are down', async () => {
    await start({ notifications: () => ({ status: 503 }), analytics: () => 'cut' })
    await expect(own.place(order('1'))).resolves.toMatchObject({ status: 201 })
    await becomes('1', 'completed')
  })

  it('charges once when the answer of payments is lost', async () => {
    let posts = 0
    await start((desk) => ({
      payments: (request) => {
        const answer = desk.answer(request)
        return request.method === 'POST' && posts++ === 0 ? 'cut' : answer
      },
    }))
    await own.place(order('1'))
    await becomes('1', 'completed')
    expect(posts).toBe(1)
    expect([...own.desk.charged]).toEqual(['order-1-charge'])
  })

  it('settles a charge that payments do not know about by repeating its key', async () => {
    let posts = 0
    await start((desk) => ({
      payments: (request) => {
        if (request.method === 'GET') return { status: 200, body: { status: 'unsettled' } }
        return posts++ === 0 ? { status: 503, body: { code: 'NOT_SETTLED' } } : desk.answer(request)
      },
    }))
    await own.place(order('1'))
    await becomes('1', 'completed')
    expect(posts).toBe(2)
  })

  it('parks an order when a service answers what the contract does not know, until a person decides', async () => {
    let odd = true
    await start((desk) => ({ payments: (request) => (odd ? { status: 418, body: {} } : desk.answer(request)) }))
    const parked = async () => (await own.shop.request('orders', 'GET', '/parked')).body
    const retry = (id: string) => own.shop.request('orders', 'POST', `/parked/${id}/retry`)
    await expect(own.place(order('1'))).resolves.toMatchObject({ status: 202 })
    await becomes('1', 'parked')
    expect(await parked()).toMatchObject({ parked: [{ sagaId: '1', cause: { step: 'charge' } }] })
    odd = false
    await expect(retry('1')).resolves.toMatchObject({ status: 200 })
    await becomes('1', 'completed')
    expect(await parked()).toEqual({ parked: [] })
    await expect(retry('1')).resolves.toMatchObject({ status: 409 })
    await expect(retry('none')).resolves.toMatchObject({ status: 404 })
  })

  it('goes on when a person says how a parked step ended', async () => {
    await start({ payments: () => ({ status: 418, body: {} }) })
    await own.place(order('1'))
    await becomes('1', 'parked')
    const body = { step: 'charge', reason: 'paid at the till', result: { charged: true } }
    await expect(own.shop.request('orders', 'POST', '/parked/1/supply', { body })).resolves.toMatchObject({
      status: 200,
    })
    await becomes('1', 'completed')
  })

  it('goes on after a restart with the orders that were pending', async () => {
    await start({ payments: () => 'hang' })
    await expect(own.place(order('1'))).resolves.toMatchObject({ status: 202 })
    await own.shop.stop('orders')
    await own.shop.stop('payments')
    await own.shop.peer('payments', own.desk.answer)
    await own.shop.start('orders')
    await becomes('1', 'completed')
    expect([...own.desk.charged]).toEqual(['order-1-charge'])
  })

  it('tells the customer of a cancelled order, once notifications are back', async () => {
    let down = true
    await start({
      payments: ({ path }) => ({ status: path.endsWith('/refund') ? 200 : 402, body: {} }),
      notifications: () => ({ status: down ? 503 : 202 }),
    })
    await own.place(order('1'))
    await becomes('1', 'cancelled')
    await expect.poll(() => own.notifications.requests.length).toBeGreaterThan(0)
    down = false
    const told = own.notifications.requests.length
    await expect.poll(() => own.notifications.requests.length, { timeout: 5000 }).toBe(told + 1)
    expect(own.notifications.requests.at(-1)?.body).toEqual({
      orderId: '1',
      customerId: '17850',
      kind: 'order-cancelled',
    })
  })
})
