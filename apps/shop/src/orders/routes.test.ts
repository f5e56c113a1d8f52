import fastify from 'fastify'
import { memoryStore } from 'watertight/store'
import { VirtualRuntime } from 'watertight/testing'
import { expect, it } from 'vitest'
import { NO_ORDERS } from './order-counts.ts'
import { OrderBook } from './order-book.ts'
import { order } from './orders.fixture.ts'
import { orderRoutes } from './routes.ts'

it('refuses at the door an order that costs more than can be counted: nobody could charge it', async () => {
  const runtime = new VirtualRuntime()
  const app = fastify()
  orderRoutes(app, {
    book: new OrderBook({ store: memoryStore({ runtime }), runtime }),
    place: async () => ({ status: 'pending' }),
    counts: async () => NO_ORDERS,
  })
  const fee = { sku: 'M', description: null, quantity: 1_000_000, unitPriceMinor: 1_000_000_000 }
  const place = (lines: number) =>
    app.inject({
      method: 'POST',
      url: '/orders',
      headers: { 'idempotency-key': 'key' },
      payload: order('1', { lines: Array.from({ length: lines }, () => fee) }),
    })
  expect((await place(9)).statusCode).toBe(202)
  const refused = await place(10)
  expect([refused.statusCode, refused.json()]).toMatchObject([400, { code: 'INVALID_ORDER' }])
})
