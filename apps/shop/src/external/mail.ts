import type { StartService } from '../process/service.ts'
import { FirstAnswers } from './first-answers.ts'
import { type IdempotencyKeyHeader, idempotencyKeySchema } from '../http/idempotency-key.ts'
import { lognormalLatency } from './latency.ts'
import { Pauses } from './pauses.ts'

const MEDIAN_LATENCY_MS = 20

/** A mail provider: another firm's process that sends one message per key. See contract/fulfilment.ts. */
export const startMail: StartService = async (context) => {
  const { config, runtime } = context
  const messages = new FirstAnswers<{ readonly messageId: string }>(await context.openStore(), 'messages')
  const pauses = new Pauses(runtime)
  const latency = lognormalLatency(config.seed, config.role, MEDIAN_LATENCY_MS)

  return {
    routes(app) {
      app.post<{ Headers: IdempotencyKeyHeader }>(
        '/messages',
        { schema: { headers: idempotencyKeySchema } },
        async (request, reply) => {
          const key = request.headers['idempotency-key']
          await pauses.wait(latency(key))
          const message = (await messages.find(key)) ?? (await messages.keep(key, { messageId: runtime.id() }))
          return reply.code(202).send(message)
        },
      )
    },
    async close() {
      pauses.end()
    },
  }
}
