import type { FastifyInstance, FastifyReply } from 'fastify'
import type { OrderAccepted } from '../contract/orders.ts'
import { type RetailOrder, totalMinor } from '../contract/retail-order.ts'
import { type IdempotencyKeyHeader, idempotencyKeySchema } from '../http/idempotency-key.ts'
import { refuse } from '../http/refusal.ts'
import type { Acknowledgement } from './acknowledgement.ts'
import { ordersOfCustomer } from './customer-index.ts'
import { orderSchema } from './order-schema.ts'
import type { OrderBook } from './order-book.ts'
import type { OrderCounts } from './order-counts.ts'
import type { NotPlaced } from './placing.ts'
import { timelineOf } from './timeline.ts'

const RECENT = 20

const customerQuery = {
  type: 'object',
  required: ['customer'],
  properties: {
    customer: { type: 'string', minLength: 1, maxLength: 100 },
    limit: { type: 'integer', minimum: 1, maximum: 100, default: RECENT },
  },
} as const

export interface OrderRoutesOptions {
  readonly book: OrderBook
  /** Takes an order, and waits a little for its payment. */
  readonly place: (order: RetailOrder, idempotencyKey: string) => Promise<Acknowledgement | NotPlaced>
  /** Orders by status, a moment old. */
  readonly counts: () => Promise<OrderCounts>
}

/** See contract/orders.ts. */
export function orderRoutes(app: FastifyInstance, { book, place, counts }: OrderRoutesOptions): void {
  app.post<{ Headers: IdempotencyKeyHeader; Body: RetailOrder }>(
    '/orders',
    { schema: { headers: idempotencyKeySchema, body: orderSchema } },
    async ({ headers: { 'idempotency-key': key }, body: order }, reply) => {
      if (!Number.isSafeInteger(totalMinor(order)))
        return refuse(reply, 400, 'INVALID_ORDER', `order ${order.id} costs more than can be counted in pence`)
      const told = await place(order, key)
      return 'status' in told ? answer(reply, order.id, told) : refuseOrder(reply, order.id, told)
    },
  )

  app.get<{ Querystring: { customer: string; limit: number } }>(
    '/orders',
    { schema: { querystring: customerQuery } },
    async ({ query: { customer, limit } }) => ({ orders: await ordersOfCustomer(book.store, customer, limit) }),
  )

  app.get<{ Params: { id: string } }>('/orders/:id', async ({ params: { id } }, reply) => {
    return (await book.find(id)) ?? unknownOrder(reply, id)
  })

  app.get<{ Params: { id: string } }>('/orders/:id/timeline', async ({ params: { id } }, reply) => {
    const entries = await timelineOf(book.store, id)
    return entries.length > 0 ? { orderId: id, entries } : unknownOrder(reply, id)
  })

  app.get('/order-counts', counts)
}

function answer(reply: FastifyReply, orderId: string, told: Acknowledgement): FastifyReply {
  if (told.status === 'rejected') {
    return refuse(reply, 409, 'ORDER_REJECTED', `order ${orderId} was refused: ${told.reason}`)
  }
  const { status } = told
  return reply.code(status === 'paid' ? 201 : 202).send({ orderId, status } satisfies OrderAccepted)
}

function refuseOrder(reply: FastifyReply, orderId: string, { kind }: NotPlaced): FastifyReply {
  return kind === 'keyReused'
    ? refuse(reply, 422, 'IDEMPOTENCY_KEY_REUSED', 'this idempotency key was used for another order')
    : refuse(reply, 409, 'ORDER_EXISTS', `order ${orderId} was placed under another idempotency key`)
}

function unknownOrder(reply: FastifyReply, id: string): FastifyReply {
  return refuse(reply, 404, 'UNKNOWN_ORDER', `there is no order ${id}`)
}
