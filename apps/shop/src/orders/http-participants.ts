import { WatertightError } from 'watertight'
import { reject } from 'watertight/event-store'
import type { AnalyticsFact, NotificationRequest, Shipment, ShipmentRequest } from '../contract/fulfilment.ts'
import type { ReservationRequest } from '../contract/inventory.ts'
import type { Payment, PaymentRequest } from '../contract/payments.ts'
import type { Reply } from '../http/client.ts'
import type { Dependency } from '../http/dependency.ts'
import type { Ask, CheckoutParticipants } from './checkout.ts'

const OK = 200
const CREATED = 201
const PAYMENT_REQUIRED = 402
const NOT_FOUND = 404
const CONFLICT = 409

/** The services a checkout calls, by HTTP. */
export interface CheckoutDependencies {
  readonly inventory: Dependency
  readonly payments: Dependency
  readonly shipping: Dependency
  readonly notifications: Dependency
  readonly analytics: Dependency
  /** How many calls of a service may be under way. */
  readonly atOnce: (name: 'inventory' | 'payments' | 'shipping') => number
}

/**
 * The participants of the checkout as the services they are. The steps that an order cannot do without go through their
 * pipeline by the saga's `via`, which knows that a refused call was not made; the optional ones bring theirs along, so that
 * an open circuit uses up their few tries and the order goes on without them.
 */
export function httpParticipants(services: CheckoutDependencies): CheckoutParticipants {
  const { inventory, payments, shipping, notifications, analytics, atOnce } = services

  const charge = async ({ order, key, signal }: Ask) => {
    const body: PaymentRequest = { orderId: order.orderId, amountMinor: order.totalMinor }
    const reply = await payments.direct('POST', '/payments', { body, signal, headers: { 'idempotency-key': key } })
    if (reply.status === CREATED) return null
    if (reply.status === PAYMENT_REQUIRED) return reject('DECLINED')
    if (reply.status === CONFLICT) return reject('PAYMENT_CLOSED')
    throw unexpected('payments', reply)
  }

  return {
    inventory: {
      via: inventory.pipeline,
      concurrency: atOnce('inventory'),
      async reserve({ order: { orderId, goods }, signal }) {
        const body: ReservationRequest = { orderId, lines: goods }
        const reply = await inventory.direct('POST', '/reservations', { body, signal })
        if (reply.status === CREATED) return null
        const { code, message } = reply.body as { code?: string; message?: string }
        if (reply.status === CONFLICT && code === 'OUT_OF_STOCK') return reject('OUT_OF_STOCK', message)
        if (reply.status === CONFLICT && code === 'RESERVATION_CLOSED') return reject('RESERVATION_CLOSED', message)
        throw unexpected('inventory', reply)
      },
      async release({ order, signal }) {
        const path = `/reservations/${encodeURIComponent(order.orderId)}/release`
        expectStatus('inventory', await inventory.direct('POST', path, { signal }), OK)
      },
    },
    payments: {
      via: payments.pipeline,
      concurrency: atOnce('payments'),
      charge,
      async find(ask) {
        const { key, signal } = ask
        const reply = await payments.direct('GET', `/payments/${encodeURIComponent(key)}`, { signal })
        if (reply.status === NOT_FOUND) return false
        expectStatus('payments', reply, OK)
        const { status } = reply.body as Payment
        // Payments settles what it does not know when its key is repeated, not when it is looked at.
        if (status === 'unsettled') return (await charge(ask)) === null
        return status === 'charged'
      },
      async refund({ key, signal }) {
        const path = `/payments/${encodeURIComponent(key)}/refund`
        expectStatus('payments', await payments.direct('POST', path, { signal }), OK)
      },
    },
    shipping: {
      via: shipping.pipeline,
      concurrency: atOnce('shipping'),
      async ship({ order: { orderId, country, goods }, signal }) {
        const units = goods.reduce((sum, { quantity }) => sum + quantity, 0)
        const body: ShipmentRequest = { orderId, country, units }
        const reply = await shipping.direct('POST', '/shipments', { body, signal })
        if (reply.status !== CREATED) throw unexpected('shipping', reply)
        return { trackingId: (reply.body as Shipment).trackingId }
      },
    },
    notifications: {
      completed: ({ order: { orderId, customerId }, signal }) =>
        notify(notifications, { orderId, customerId, kind: 'order-completed' }, signal),
    },
    analytics: {
      async count({ order: { orderId, country, totalMinor, day }, key, signal }) {
        const body: AnalyticsFact = { id: key, orderId, country, totalMinor, day }
        accepted('analytics', await analytics.call('POST', '/facts', { body, signal }))
      },
    },
  }
}

/** Hands a letter over, through the pipeline of notifications. */
export async function notify(notifications: Dependency, body: NotificationRequest, signal: AbortSignal): Promise<void> {
  accepted('notifications', await notifications.call('POST', '/notifications', { body, signal }))
}

function accepted(name: string, reply: Reply): void {
  if (reply.status >= 300) throw unexpected(name, reply)
}

function expectStatus(name: string, reply: Reply, status: number): void {
  if (reply.status !== status) throw unexpected(name, reply)
}

/** An answer the contract does not know: a defect, for a person to look at. */
function unexpected(name: string, reply: Reply): WatertightError {
  const { code = '', message = '' } = (reply.body ?? {}) as { code?: string; message?: string }
  return new WatertightError('UNEXPECTED_ANSWER', `${name} answered ${reply.status} ${code} ${message}`.trim(), {
    source: name,
  })
}
