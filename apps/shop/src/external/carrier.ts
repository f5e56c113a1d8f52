import type { StartService } from '../process/service.ts'
import { FirstAnswers } from './first-answers.ts'
import { type IdempotencyKeyHeader, idempotencyKeySchema } from '../http/idempotency-key.ts'
import { lognormalLatency } from './latency.ts'
import { Pauses } from './pauses.ts'

const MEDIAN_LATENCY_MS = 20

/** A parcel carrier: another firm's process that makes one label per key. See contract/fulfilment.ts. */
export const startCarrier: StartService = async (context) => {
  const { config, runtime } = context
  const labels = new FirstAnswers<{ readonly trackingId: string }>(await context.openStore(), 'labels')
  const pauses = new Pauses(runtime)
  const latency = lognormalLatency(config.seed, config.role, MEDIAN_LATENCY_MS)

  return {
    routes(app) {
      app.post<{ Headers: IdempotencyKeyHeader }>(
        '/labels',
        { schema: { headers: idempotencyKeySchema } },
        async (request, reply) => {
          const key = request.headers['idempotency-key']
          await pauses.wait(latency(key))
          const label = (await labels.find(key)) ?? (await labels.keep(key, { trackingId: runtime.id() }))
          return reply.code(201).send(label)
        },
      )
    },
    async close() {
      pauses.end()
    },
  }
}
