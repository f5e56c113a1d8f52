import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isWatertightError, type LoadShedderOptions, loadShedder, pipeline, type Priority } from 'watertight'
import type { ServiceContext } from '../process/service.ts'
import { refuseOutage } from './outage.ts'

/**
 * Lets in what the shop can do, and sheds the rest before anything is done for it: looking around first, then signing in, and
 * orders last. Every request holds its place until it is answered or its connection is gone.
 */
export function guardDoor(
  app: FastifyInstance,
  { refused }: Pick<ServiceContext, 'refused'>,
  options: LoadShedderOptions,
): void {
  const door = pipeline('door', loadShedder(options))
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/health') return
    try {
      const { deadline } = request
      const permit = await door.acquire({
        priority: priorityOf(request),
        ...(deadline !== undefined && { deadline }),
      })
      if (reply.raw.closed) permit.release()
      else reply.raw.once('close', () => permit.release())
    } catch (error) {
      if (isWatertightError(error)) refused(error.code)
      refuseOutage(reply, error, 'not-executed')
    }
  })
}

function priorityOf({ method, url }: FastifyRequest): Priority {
  if (url.startsWith('/orders')) return 'high'
  return method === 'GET' ? 'low' : 'normal'
}
