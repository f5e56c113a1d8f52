import type { FastifyReply } from 'fastify'

/** Lets the caller know nothing: the connection breaks instead of an answer. */
export function cutConnection(reply: FastifyReply): FastifyReply {
  reply.hijack()
  reply.request.raw.socket.destroy()
  return reply
}
