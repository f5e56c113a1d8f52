import type { StartService } from '../process/service.ts'
import { type IdempotencyKeyHeader, idempotencyKeySchema } from '../http/idempotency-key.ts'
import { cutConnection } from './cut-connection.ts'
import { FirstAnswers } from './first-answers.ts'
import { lognormalLatency } from './latency.ts'
import { Pauses } from './pauses.ts'

const MEDIAN_LATENCY_MS = 20

/** What another firm does for us on request, once per idempotency key. */
export interface KeyedWork {
  readonly path: string
  /** The status of its answers. */
  readonly status: number
  /** What the id of each piece of work is called in the answer. */
  readonly idName: string
}

/** A process of another firm that does one kind of work: in its own time, once per key, and not always telling. */
export function keyedService({ path, status, idName }: KeyedWork): StartService {
  return async (context) => {
    const { config, runtime, faults } = context
    const answers = new FirstAnswers<Readonly<Record<string, string>>>(await context.openStore(), 'answers')
    const pauses = new Pauses(runtime)
    const latency = lognormalLatency(config.seed, config.role, MEDIAN_LATENCY_MS)

    return {
      routes(app) {
        app.post<{ Headers: IdempotencyKeyHeader }>(
          path,
          { schema: { headers: idempotencyKeySchema } },
          async ({ headers: { 'idempotency-key': key } }, reply) => {
            await pauses.wait(latency(key))
            const known = await answers.find(key)
            if (known !== undefined) return reply.code(status).send(known)
            const answer = await answers.keep(key, { [idName]: runtime.id() })
            if (!faults.hits('answerLostRate', key)) return reply.code(status).send(answer)
            faults.count('answerLost')
            return cutConnection(reply)
          },
        )
      },
      async close() {
        pauses.end()
      },
    }
  }
}
