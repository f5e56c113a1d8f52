import type { FastifyReply } from 'fastify'
import type { Payment, PaymentRequest } from '../contract/payments.ts'
import { type IdempotencyKeyHeader, idempotencyKeySchema } from '../http/idempotency-key.ts'
import { refuse } from '../http/refusal.ts'
import type { ProviderName } from '../process/roles.ts'
import type { StartService } from '../process/service.ts'
import { type ChargeResult, charge, type Providers } from './charging.ts'
import { KeyQueue } from './key-queue.ts'
import { type LoadedPayment, PaymentStreams } from './payment-streams.ts'
import { type PaymentProvider, ProviderDesk } from './provider-desk.ts'
import { refund } from './refunding.ts'

/** When a provider does not say how long to wait. */
const RETRY_AFTER_MS = 1000

const paymentSchema = {
  type: 'object',
  required: ['orderId', 'amountMinor'],
  properties: {
    orderId: { type: 'string', minLength: 1, maxLength: 200 },
    amountMinor: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  },
} as const

/** Charges each payment once, over several providers, and gives it back. See contract/payments.ts. */
export const startPayments: StartService = async (context) => {
  const { runtime } = context
  const streams = new PaymentStreams(await context.openStore(), runtime)
  const desk = (name: ProviderName): PaymentProvider =>
    new ProviderDesk(context.dependency(name), runtime, (code) => context.refused(code))
  const providers: Providers = {
    'provider-alpha': desk('provider-alpha'),
    'provider-beta': desk('provider-beta'),
    'provider-gamma': desk('provider-gamma'),
  }
  const queue = new KeyQueue()

  return {
    routes(app) {
      app.post<{ Headers: IdempotencyKeyHeader; Body: PaymentRequest }>(
        '/payments',
        { schema: { headers: idempotencyKeySchema, body: paymentSchema } },
        async ({ headers: { 'idempotency-key': key }, body }, reply) =>
          answerCharge(
            reply,
            await queue.run(key, `charge ${body.amountMinor} ${body.orderId}`, () =>
              charge(streams, providers, key, body),
            ),
          ),
      )

      app.get<{ Params: { key: string } }>('/payments/:key', async ({ params: { key } }, reply) => {
        const payment = await streams.load(key)
        return payment.version === 0
          ? refuse(reply, 404, 'UNKNOWN_PAYMENT', `no payment was ever asked for under key ${key}`)
          : paymentOf(payment)
      })

      app.post<{ Params: { key: string } }>('/payments/:key/refund', async ({ params: { key } }, reply) => {
        const result = await queue.run(key, 'refund', () => refund(streams, providers, key))
        return result.kind === 'closed' ? paymentOf(result.payment) : notSettled(reply, result.retryAfterMs)
      })
    },
    async close(drainMs) {
      let timer: { cancel(): void } | undefined
      const late = new Promise<void>((resolve) => {
        timer = runtime.timer(drainMs, resolve, true)
      })
      await Promise.race([queue.idle(), late])
      timer?.cancel()
    },
  }
}

function answerCharge(reply: FastifyReply, result: ChargeResult): FastifyReply {
  switch (result.kind) {
    case 'charged':
      return reply.code(201).send(paymentOf(result.payment))
    case 'declined':
      return refuse(reply, 402, 'DECLINED', 'the payment was declined')
    case 'closed':
      return refuse(reply, 409, 'PAYMENT_CLOSED', 'this payment was refunded or cancelled: nothing is charged any more')
    case 'reused':
      return refuse(reply, 422, 'IDEMPOTENCY_KEY_REUSED', 'this key was used for another payment')
    case 'unsettled':
      return notSettled(reply, result.retryAfterMs)
    case 'no-provider':
      return refuse(reply, 503, 'NO_PROVIDER', 'no payment provider available', result.retryAfterMs ?? RETRY_AFTER_MS)
  }
}

function notSettled(reply: FastifyReply, retryAfterMs = RETRY_AFTER_MS): FastifyReply {
  return refuse(reply, 503, 'NOT_SETTLED', 'a provider has not told what happened: repeat the key', retryAfterMs)
}

function paymentOf({ key, state }: LoadedPayment): Payment {
  const { orderId, amountMinor, status, charge: made } = state
  return {
    key,
    orderId,
    amountMinor,
    status: status === 'charged' || status === 'declined' || status === 'closed' ? status : 'unsettled',
    ...(made && { provider: made.provider, chargeId: made.chargeId }),
  }
}
