import { WatertightError } from 'watertight'
import type { NotificationRequest } from '../contract/fulfilment.ts'
import type { Service, ServiceContext } from '../process/service.ts'
import { LetterSender } from './letter-sender.ts'
import { Letters } from './letters.ts'

const notification = {
  body: {
    type: 'object',
    required: ['orderId', 'kind', 'customerId'],
    properties: {
      orderId: { type: 'string', minLength: 1, maxLength: 100 },
      customerId: { type: ['string', 'null'], maxLength: 100 },
      kind: { enum: ['order-completed', 'order-cancelled'] },
    },
  },
}

/** Letters to customers, by mail, in the background: accepting one never depends on the mail system. See contract/fulfilment.ts. */
export async function startNotifications(context: ServiceContext): Promise<Service> {
  const { runtime } = context
  const mail = context.dependency('mail')
  const letters = new Letters({ store: await context.openStore(), runtime })
  const sender = new LetterSender({
    letters,
    runtime,
    async send(key, { orderId, customerId, kind }, signal) {
      const reply = await mail.call('POST', '/messages', {
        body: { orderId, customerId, kind },
        headers: { 'idempotency-key': key },
        signal,
      })
      if (reply.status >= 300)
        throw new WatertightError('MAIL_REFUSED', `mail answered ${reply.status}`, { source: 'mail' })
    },
  })
  sender.start()

  return {
    routes(app) {
      app.post<{ Body: NotificationRequest }>('/notifications', { schema: notification }, async (request, reply) => {
        const { orderId, customerId, kind } = request.body
        if (await letters.record({ orderId, customerId, kind })) sender.wake()
        return reply.code(202).send()
      })
    },
    close: () => sender.close(),
  }
}
