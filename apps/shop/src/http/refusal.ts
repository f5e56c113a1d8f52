import type { FastifyReply } from 'fastify'
import type { Refused } from '../contract/orders.ts'

const MS_PER_SECOND = 1000

/** Answers with {@link Refused}; `retryAfterMs` becomes `retry-after` in whole seconds, rounded up. */
export function refuse(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
  retryAfterMs?: number,
): FastifyReply {
  if (retryAfterMs !== undefined) void reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / MS_PER_SECOND)))
  return reply.code(status).send({ code, message } satisfies Refused)
}
