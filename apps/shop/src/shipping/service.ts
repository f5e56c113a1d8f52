import { WatertightError } from 'watertight'
import type { ShipmentRequest } from '../contract/fulfilment.ts'
import { refuse } from '../http/refusal.ts'
import type { Service, ServiceContext } from '../process/service.ts'
import { Shipments } from './shipments.ts'

const shipment = {
  body: {
    type: 'object',
    required: ['orderId', 'country', 'units'],
    properties: {
      orderId: { type: 'string', minLength: 1, maxLength: 100 },
      country: { type: 'string', maxLength: 100 },
      units: { type: 'integer', minimum: 1 },
    },
  },
}

/** Shipments, each with a label of the carrier. See contract/fulfilment.ts. */
export async function startShipping(context: ServiceContext): Promise<Service> {
  const carrier = context.dependency('carrier')
  const shipments = new Shipments({
    store: await context.openStore(),
    runtime: context.runtime,
    async label(key, body) {
      const reply = await carrier.call('POST', '/labels', { body, headers: { 'idempotency-key': key } })
      const { trackingId } = (reply.body ?? {}) as { trackingId?: unknown }
      if (reply.status === 201 && typeof trackingId === 'string') return trackingId
      throw new WatertightError('CARRIER_REFUSED', `the carrier answered ${reply.status}`, { source: 'carrier' })
    },
  })

  return {
    routes(app) {
      app.post<{ Body: ShipmentRequest }>('/shipments', { schema: shipment }, async (request, reply) =>
        reply.code(201).send(await shipments.ship(request.body)),
      )
      app.get<{ Params: { orderId: string } }>('/shipments/:orderId', async (request, reply) => {
        const { orderId } = request.params
        return (
          (await shipments.find(orderId)) ?? refuse(reply, 404, 'NO_SHIPMENT', `order ${orderId} has not been shipped`)
        )
      })
    },
  }
}
