import type { FastifyReply, FastifyRequest } from 'fastify'
import type { JWK } from 'jose'
import { isWatertightError } from 'watertight'
import type { OrderView } from '../contract/orders.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import { ORDERS_ANY } from '../contract/users.ts'
import type { Method, Reply } from '../http/client.ts'
import type { Dependency } from '../http/dependency.ts'
import { type IdempotencyKeyHeader, idempotencyKeySchema } from '../http/idempotency-key.ts'
import { knownOutcome } from '../http/known-outcome.ts'
import { refuse } from '../http/refusal.ts'
import type { StartService } from '../process/service.ts'
import { AccessTokens, type Caller } from './access-tokens.ts'
import { guardDoor } from './door.ts'
import { orderProblem } from './order-check.ts'
import { refuseOutage } from './outage.ts'
import { SigningKeys } from './signing-keys.ts'

const searchSchema = {
  type: 'object',
  required: ['q'],
  properties: {
    q: { type: 'string', minLength: 1, maxLength: 200 },
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  },
} as const

interface Content {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** What the answer may be kept under. */
  readonly key?: string
}

/** The one door of the shop: verifies who asks and what, and passes it on to the service that answers. */
export const startGateway: StartService = async (context) => {
  const catalogue = context.dependency('catalogue')
  const orders = context.dependency('orders')
  const users = context.dependency('users')
  const keys = new SigningKeys(async () => keysOf(await users.call('GET', '/.well-known/jwks.json')), context.runtime)
  const tokens = new AccessTokens(keys, context.runtime)

  const ask = async (
    reply: FastifyReply,
    dependency: Dependency,
    method: Method,
    path: string,
    content: Content = {},
  ): Promise<Reply | undefined> => {
    const { deadline } = reply.request
    const outcome = await knownOutcome(dependency, method, path, {
      ...content,
      ...(deadline !== undefined && { deadline }),
    })
    if (outcome.kind === 'answered') return outcome.reply
    if (isWatertightError(outcome.error)) context.refused(outcome.error.code)
    // A read leaves nothing behind to be unsure about.
    refuseOutage(reply, outcome.error, method === 'GET' ? 'not-executed' : outcome.kind)
    return undefined
  }

  const pass = async (
    reply: FastifyReply,
    dependency: Dependency,
    method: Method,
    path: string,
    content?: Content,
  ): Promise<FastifyReply> => {
    const answer = await ask(reply, dependency, method, path, content)
    return answer === undefined ? reply : reply.code(answer.status).send(answer.body)
  }

  const callerOf = async (request: FastifyRequest, reply: FastifyReply): Promise<Caller | undefined> => {
    try {
      const caller = await tokens.caller(request.headers.authorization)
      if (caller === undefined)
        refuse(reply.header('www-authenticate', 'Bearer'), 401, 'NOT_SIGNED_IN', 'a good access token is needed here')
      return caller
    } catch (error) {
      refuseOutage(reply, error, 'not-executed')
      return undefined
    }
  }

  return {
    routes(app) {
      if (context.protection.door) guardDoor(app, context, context.protection.door)

      app.get<{ Params: { sku: string } }>('/products/:sku', ({ params: { sku } }, reply) =>
        pass(reply, catalogue, 'GET', `/products/${encodeURIComponent(sku)}`, { key: sku }),
      )

      app.get<{ Querystring: { q: string; limit: number } }>(
        '/search',
        { schema: { querystring: searchSchema } },
        ({ query: { q, limit } }, reply) =>
          pass(reply, catalogue, 'GET', `/search?q=${encodeURIComponent(q)}&limit=${limit}`),
      )

      app.post('/sign-in', ({ body }, reply) => pass(reply, users, 'POST', '/sessions', { body }))
      app.post('/sign-up', ({ body }, reply) => pass(reply, users, 'POST', '/users', { body }))

      app.post<{ Headers: IdempotencyKeyHeader }>(
        '/orders',
        { schema: { headers: idempotencyKeySchema } },
        async (request, reply) => {
          const caller = await callerOf(request, reply)
          if (caller === undefined) return reply
          const problem = orderProblem(request.body)
          if (problem !== undefined) return refuse(reply, 400, 'INVALID_ORDER', problem)
          const order = request.body as RetailOrder
          if (!mayAct(caller, order.customerId))
            return refuse(reply, 403, 'NOT_YOUR_ORDER', 'this token may order for its own customer only')
          const headers = { 'idempotency-key': request.headers['idempotency-key'] }
          return pass(reply, orders, 'POST', '/orders', { body: order, headers })
        },
      )

      app.get<{ Params: { id: string } }>('/orders/:id', async (request, reply) => {
        const caller = await callerOf(request, reply)
        if (caller === undefined) return reply
        const answer = await ask(reply, orders, 'GET', `/orders/${encodeURIComponent(request.params.id)}`)
        if (answer === undefined) return reply
        // Whether an order of somebody else exists is none of the caller's business.
        if (answer.status === 200 && !mayAct(caller, (answer.body as OrderView).customerId))
          return refuse(reply, 404, 'UNKNOWN_ORDER', 'there is no such order')
        return reply.code(answer.status).send(answer.body)
      })
    },
  }
}

function mayAct(caller: Caller, customerId: string | null): boolean {
  return caller.scopes.has(ORDERS_ANY) || caller.userId === customerId
}

function keysOf({ body }: Reply): readonly JWK[] {
  return (body as { readonly keys: readonly JWK[] }).keys
}
