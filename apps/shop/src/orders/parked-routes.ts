import type { FastifyInstance, FastifyReply } from 'fastify'
import { isWatertightError } from 'watertight'
import type { SagaEngine } from 'watertight/saga'
import { refuse } from '../http/refusal.ts'

const SAGA = 'checkout'

const reasonSchema = { reason: { type: 'string', minLength: 1, maxLength: 500 } } as const
const stepSchema = { ...reasonSchema, step: { type: 'string', minLength: 1, maxLength: 100 } } as const
const skipSchema = { type: 'object', required: ['step', 'reason'], properties: stepSchema } as const
const supplySchema = {
  type: 'object',
  required: ['step', 'reason', 'result'],
  properties: { ...stepSchema, result: {} },
} as const

interface Target {
  readonly Params: { readonly sagaId: string }
}

/** What a person can do with orders that are stuck: `GET /parked`, `POST /parked/:sagaId/retry`, `/skip` and `/supply`. */
export function parkedRoutes(app: FastifyInstance, engine: SagaEngine): void {
  const act = async (reply: FastifyReply, id: string, action: () => Promise<void>): Promise<FastifyReply> => {
    try {
      await action()
      return reply.send({ sagaId: id })
    } catch (error) {
      if (isWatertightError(error, 'SAGA_NOT_FOUND')) return refuse(reply, 404, error.code, error.message)
      if (isWatertightError(error) && error.code.startsWith('SAGA_'))
        return refuse(reply, 409, error.code, error.message)
      throw error
    }
  }

  app.get('/parked', async () => ({
    parked: (await engine.parked()).map(({ id, cause, since, while: during }) => ({
      sagaId: id,
      cause,
      since,
      while: during,
    })),
  }))

  app.post<Target>('/parked/:sagaId/retry', ({ params: { sagaId: id } }, reply) =>
    act(reply, id, () => engine.retry({ saga: SAGA, id })),
  )

  app.post<Target & { readonly Body: { readonly step: string; readonly reason: string } }>(
    '/parked/:sagaId/skip',
    { schema: { body: skipSchema } },
    ({ params: { sagaId: id }, body: { step, reason } }, reply) =>
      act(reply, id, () => engine.skip({ saga: SAGA, id }, step, reason)),
  )

  app.post<Target & { readonly Body: { readonly step: string; readonly reason: string; readonly result: unknown } }>(
    '/parked/:sagaId/supply',
    { schema: { body: supplySchema } },
    ({ params: { sagaId: id }, body: { step, result, reason } }, reply) =>
      act(reply, id, () => engine.supply({ saga: SAGA, id }, step, result, reason)),
  )
}
