import type { AnalyticsFact } from '../contract/fulfilment.ts'
import type { Service, ServiceContext } from '../process/service.ts'
import { Facts } from './facts.ts'

const fact = {
  body: {
    type: 'object',
    required: ['id', 'orderId', 'country', 'totalMinor', 'day'],
    properties: {
      id: { type: 'string', minLength: 1, maxLength: 200 },
      orderId: { type: 'string', minLength: 1, maxLength: 100 },
      country: { type: 'string', maxLength: 100 },
      totalMinor: { type: 'integer', minimum: 0 },
      day: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' },
    },
  },
}

/** Revenue by day, from facts that are counted once. See contract/fulfilment.ts. */
export async function startAnalytics(context: ServiceContext): Promise<Service> {
  const facts = new Facts({ store: await context.openStore(), runtime: context.runtime })

  return {
    routes(app) {
      app.post<{ Body: AnalyticsFact }>('/facts', { schema: fact }, async (request, reply) => {
        await facts.record(request.body)
        return reply.code(202).send()
      })
      app.get('/revenue', async () => facts.revenue())
    },
  }
}
