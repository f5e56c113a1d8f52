import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OrderView } from '../contract/orders.ts'
import type { RetailOrder } from '../contract/retail-order.ts'
import type { ShopProcess } from '../process/process.ts'
import type { JsonPeer, PeerAnswer, PeerHandler, PeerRequest } from '../testing/json-peer.ts'
import { type TestReply, type TestShop, testShop } from '../testing/test-shop.ts'

const OPENING = 20

export const line = { sku: '20677', description: 'PINK POLKADOT BOWL', quantity: 2, unitPriceMinor: 125 } as const
export const postage = { sku: 'POST', description: 'POSTAGE', quantity: 1, unitPriceMinor: 1800 } as const

/** An order of two bowls and postage for 20.50 pounds. */
export function order(id: string, changes: Partial<RetailOrder> = {}): RetailOrder {
  return {
    id,
    placedAt: '2011-12-09T12:50:00+00:00',
    customerId: '17850',
    country: 'EIRE',
    currency: 'GBP',
    lines: [line, postage],
    ...changes,
  }
}

/** Payments that charge once per key, in memory. */
export class PaymentsDesk {
  readonly charged = new Set<string>()
  readonly #closed = new Set<string>()

  readonly answer = ({ method, path, headers }: PeerRequest): PeerAnswer => {
    const named = decodeURIComponent(path.split('/')[2] ?? '')
    if (path.endsWith('/refund')) {
      this.#closed.add(named)
      this.charged.delete(named)
      return { status: 200, body: { key: named, status: 'closed' } }
    }
    if (method === 'GET') {
      return this.charged.has(named)
        ? { status: 200, body: { key: named, status: 'charged' } }
        : { status: 404, body: { code: 'UNKNOWN_PAYMENT' } }
    }
    const key = String(headers['idempotency-key'])
    if (this.#closed.has(key)) return { status: 409, body: { code: 'PAYMENT_CLOSED' } }
    this.charged.add(key)
    return { status: 201, body: { key, status: 'charged' } }
  }
}

export interface OrdersPeers {
  readonly payments?: PeerHandler
  readonly notifications?: PeerHandler
  readonly analytics?: PeerHandler
}

/** The orders service with a real inventory of 20 bowls; everybody else is a peer that does its part unless told otherwise. */
export interface OrdersShop extends AsyncDisposable {
  readonly shop: TestShop
  readonly desk: PaymentsDesk
  readonly shipping: JsonPeer
  readonly notifications: JsonPeer
  readonly analytics: JsonPeer
  readonly orders: ShopProcess
  place(order: RetailOrder, key?: string): Promise<TestReply>
  view(id: string): Promise<OrderView>
  /** Bowls in stock. */
  available(): Promise<number>
}

export async function ordersShop(peers: OrdersPeers | ((desk: PaymentsDesk) => OrdersPeers) = {}): Promise<OrdersShop> {
  const shop = await testShop()
  const desk = new PaymentsDesk()
  const accepted = (): PeerAnswer => ({ status: 202 })
  const handlers = typeof peers === 'function' ? peers(desk) : peers
  const article = { sku: line.sku, description: line.description, unitPriceMinor: 125, opening: OPENING }
  await writeFile(join(shop.dataFolder, 'catalogue.ndjson'), JSON.stringify(article))
  await shop.start('inventory')
  await shop.peer('payments', handlers.payments ?? desk.answer)
  return {
    shop,
    desk,
    shipping: await shop.peer('shipping', () => ({ status: 201, body: { trackingId: 'track-1' } })),
    notifications: await shop.peer('notifications', handlers.notifications ?? accepted),
    analytics: await shop.peer('analytics', handlers.analytics ?? accepted),
    orders: await shop.start('orders'),
    place: (body, key = `key-${body.id}`) =>
      shop.request('orders', 'POST', '/orders', { body, headers: { 'idempotency-key': key } }),
    async view(id) {
      return (await shop.request('orders', 'GET', `/orders/${id}`)).body as OrderView
    },
    async available() {
      return ((await shop.request('inventory', 'GET', `/products/${line.sku}`)).body as { available: number }).available
    },
    [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose](),
  }
}
