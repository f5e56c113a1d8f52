import type { FastifyReply } from 'fastify'
import type { Charge } from '../contract/payments.ts'
import { refuse } from '../http/refusal.ts'
import type { StartService } from '../process/service.ts'
import { ChargeBook, type ChargeRequest, type KeyState } from './charge-book.ts'
import { ChargeDesk } from './charge-desk.ts'
import { cutConnection } from './cut-connection.ts'
import { type IdempotencyKeyHeader, idempotencyKeySchema } from '../http/idempotency-key.ts'
import { lognormalLatency } from './latency.ts'
import { Pauses } from './pauses.ts'

const MEDIAN_LATENCY_MS = 40

const chargeSchema = {
  type: 'object',
  required: ['orderId', 'amountMinor'],
  properties: { orderId: { type: 'string', minLength: 1 }, amountMinor: { type: 'integer', minimum: 1 } },
} as const

const refundSchema = {
  type: 'object',
  required: ['key', 'chargeId'],
  properties: { key: { type: 'string' }, chargeId: { type: 'string' } },
} as const

/** A payment provider: another firm's process, with its own ledger and faults that can be switched on. See contract/payments.ts. */
export const startProvider: StartService = async (context) => {
  const { config, runtime, faults } = context
  const book = new ChargeBook(await context.openStore(), runtime, config.role)
  const pauses = new Pauses(runtime)
  const desk = new ChargeDesk(book, faults, pauses, lognormalLatency(config.seed, config.role, MEDIAN_LATENCY_MS))

  return {
    routes(app) {
      app.post<{ Headers: IdempotencyKeyHeader; Body: ChargeRequest }>(
        '/charges',
        { schema: { headers: idempotencyKeySchema, body: chargeSchema } },
        async (request, reply) => {
          const { state, lost } = await desk.charge(request.headers['idempotency-key'], request.body)
          return lost ? cutConnection(reply) : answer(reply, state, request.body)
        },
      )

      app.get<{ Params: { key: string } }>('/charges/:key', async ({ params: { key } }, reply) => {
        const state = await book.find(key)
        return state?.kind === 'charge' ? chargeOf(state) : refuse(reply, 404, 'NOT_CHARGED', 'nothing happened yet')
      })

      app.post<{ Params: { key: string } }>('/charges/:key/close', async ({ params: { key } }) => {
        const state = await book.close(key)
        return state.kind === 'charge' ? chargeOf(state) : { status: 'closed' }
      })

      app.post<{ Body: { key: string; chargeId: string } }>(
        '/refunds',
        { schema: { body: refundSchema } },
        async ({ body: { key, chargeId } }, reply) => {
          const state = await book.refund(key, chargeId)
          return state?.kind === 'charge'
            ? chargeOf(state)
            : refuse(reply, 404, 'UNKNOWN_CHARGE', `there is no charge ${chargeId} under key ${key}`)
        },
      )
    },
    async close() {
      pauses.end()
    },
  }
}

function answer(reply: FastifyReply, state: KeyState, request: ChargeRequest): FastifyReply {
  switch (state.kind) {
    case 'declined':
      return refuse(reply, 402, 'DECLINED', 'the card was declined')
    case 'closed':
      return refuse(reply, 409, 'KEY_CLOSED', 'this key was closed: nothing is charged under it any more')
    case 'charge':
      return state.orderId === request.orderId && state.amountMinor === request.amountMinor
        ? reply.code(201).send(chargeOf(state))
        : refuse(reply, 422, 'IDEMPOTENCY_KEY_REUSED', 'this key was used for another charge')
  }
}

function chargeOf({ key, chargeId, orderId, amountMinor, status }: Charge): Charge {
  return { key, chargeId, orderId, amountMinor, status }
}
