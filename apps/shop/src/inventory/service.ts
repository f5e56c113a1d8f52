import { join } from 'node:path'
import type { Reservation, ReservationRequest } from '../contract/inventory.ts'
import { refuse } from '../http/refusal.ts'
import type { Service, ServiceContext } from '../process/service.ts'
import { loadOpeningStock } from './opening-stock.ts'
import { Reservations } from './reservations.ts'
import { ShopWindow } from './shop-window.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

const search = {
  querystring: {
    type: 'object',
    required: ['q'],
    properties: {
      q: { type: 'string', minLength: 1, maxLength: 200 },
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    },
  },
}

const reservation = {
  body: {
    type: 'object',
    required: ['orderId', 'lines'],
    properties: {
      orderId: { type: 'string', minLength: 1, maxLength: 100 },
      lines: {
        type: 'array',
        minItems: 1,
        maxItems: 2000,
        items: {
          type: 'object',
          required: ['sku', 'quantity'],
          properties: {
            sku: { type: 'string', minLength: 1, maxLength: 100 },
            // The sum of an order's lines, each of which may ask for a million.
            quantity: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
          },
        },
      },
    },
  },
}

/** Catalogue, search and stock. See contract/inventory.ts. */
export async function startInventory(context: ServiceContext): Promise<Service> {
  const store = await context.openStore()
  await loadOpeningStock(store, join(context.config.dataFolder, 'catalogue.ndjson'))
  const shopWindow = await ShopWindow.open(store)
  const reservations = new Reservations({
    store,
    runtime: context.runtime,
    onStock: (sku, available) => shopWindow.update(sku, available),
  })

  return {
    routes(app) {
      app.get<{ Params: { sku: string } }>('/products/:sku', async (request, reply) => {
        const body = shopWindow.product(request.params.sku)
        return body === undefined
          ? refuse(reply, 404, 'UNKNOWN_PRODUCT', `there is no article ${request.params.sku}`)
          : reply.type(JSON_TYPE).send(body)
      })

      app.get<{ Querystring: { q: string; limit: number } }>('/search', { schema: search }, async (request, reply) =>
        reply.type(JSON_TYPE).send(shopWindow.search(request.query.q, request.query.limit)),
      )

      app.post<{ Body: ReservationRequest }>('/reservations', { schema: reservation }, async (request, reply) => {
        const { orderId, lines } = request.body
        const answer = await reservations.execute({ kind: 'reserve', orderId, lines })
        if (answer.status === 'refused') {
          return refuse(reply, 409, 'OUT_OF_STOCK', `not enough in stock: ${answer.skus.join(', ')}`)
        }
        if (answer.status === 'closed') {
          return refuse(reply, 409, 'RESERVATION_CLOSED', `the reservation of order ${orderId} was released before`)
        }
        return reply.code(201).send({ orderId, status: answer.status } satisfies Reservation)
      })

      app.post<{ Params: { orderId: string } }>('/reservations/:orderId/release', async (request) => {
        const { orderId } = request.params
        await reservations.execute({ kind: 'release', orderId })
        return { orderId, status: 'released' } satisfies Reservation
      })

      app.get<{ Params: { orderId: string } }>('/reservations/:orderId', async (request, reply) => {
        const { orderId } = request.params
        const status = await reservations.status(orderId)
        return status === 'reserved' || status === 'released'
          ? ({ orderId, status } satisfies Reservation)
          : refuse(reply, 404, 'NO_RESERVATION', `order ${orderId} has no reservation`)
      })
    },
  }
}
