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
})
