import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RetailOrder } from '../contract/retail-order.ts'
import { CONFIG_VARIABLE } from '../process/config.ts'
import { type TestShop, testShop } from '../testing/test-shop.ts'

const MAIN = new URL('../process/main.ts', import.meta.url)
const IDS = Array.from({ length: 24 }, (_, i) => `order-${i}`)

const order = (id: string): RetailOrder => ({
  id,
  placedAt: '2011-12-09T12:50:00+00:00',
  customerId: '17850',
  country: 'EIRE',
  currency: 'GBP',
  lines: [{ sku: '20677', description: 'PINK POLKADOT BOWL', quantity: 1, unitPriceMinor: 125 }],
})

describe('the orders process', () => {
  let shop: TestShop
  let child: ChildProcess

  beforeEach(async () => {
    shop = await testShop()
    const article = { sku: '20677', description: 'PINK POLKADOT BOWL', unitPriceMinor: 125, opening: 100 }
    await writeFile(join(shop.dataFolder, 'catalogue.ndjson'), JSON.stringify(article))
    await shop.start('inventory')
    for (const role of ['notifications', 'analytics'] as const) await shop.peer(role, () => ({ status: 202 }))
  })
  afterEach(async () => {
    child.kill('SIGKILL')
    await shop[Symbol.asyncDispose]()
  })

  const start = async (): Promise<void> => {
    child = fork(MAIN, {
      execArgv: ['--conditions=watertight-source'],
      env: { ...process.env, [CONFIG_VARIABLE]: JSON.stringify(shop.config('orders')) },
      silent: true,
    })
    await once(child, 'message')
  }
  /** Places an order as a customer does who does not give up: until there is an answer, under the same key. */
  const place = async (id: string): Promise<number> => {
    for (;;) {
      const reply = await shop
        .request('orders', 'POST', '/orders', { body: order(id), headers: { 'idempotency-key': `key-${id}` } })
        .catch(() => undefined)
      if (reply && reply.status < 500) return reply.status
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  it.each([
    { at: 'while charges are under way', payments: 5, shipments: Infinity },
    { at: 'while shipments are under way', payments: Infinity, shipments: 7 },
  ])('loses no order and repeats no effect when it is killed $at', async ({ payments, shipments }) => {
    const charges: string[] = []
    const shipped: string[] = []
    let left = { payments, shipments }
    let restarted: Promise<void> | undefined
    const killAt = (counted: 'payments' | 'shipments'): boolean => {
      left = { ...left, [counted]: left[counted] - 1 }
      if (left[counted] !== 0) return false
      child.kill('SIGKILL')
      restarted = once(child, 'exit').then(start)
      return true
    }
    await shop.peer('payments', ({ method, path, headers }) => {
      if (method === 'GET') {
        const isCharged = charges.includes(decodeURIComponent(path.split('/')[2] ?? ''))
        return isCharged ? { status: 200, body: { status: 'charged' } } : { status: 404, body: {} }
      }
      charges.push(headers['idempotency-key'] as string)
      return killAt('payments') ? 'hang' : { status: 201, body: {} }
    })
    await shop.peer('shipping', ({ body }) => {
      shipped.push((body as { orderId: string }).orderId)
      return killAt('shipments') ? 'hang' : { status: 201, body: { trackingId: 'track' } }
    })
    await start()

    const statuses = await Promise.all(IDS.map(place))
    await restarted
    expect(statuses.every((status) => status === 201 || status === 202)).toBe(true)
    await expect
      .poll(
        async () => {
          const { body } = await shop.request('orders', 'GET', '/orders?customer=17850&limit=100')
          return (body as { orders: { status: string }[] }).orders.filter(({ status }) => status === 'completed').length
        },
        { interval: 50, timeout: 15_000 },
      )
      .toBe(IDS.length)

    // A charge that was confirmed after the crash is not asked for again; a shipment is, under its order's id.
    expect(charges.toSorted()).toEqual(IDS.map((id) => `order-${id}-charge`).toSorted())
    expect(new Set(shipped)).toEqual(new Set(IDS))
    const { body } = await shop.request('inventory', 'GET', '/products/20677')
    expect(body).toMatchObject({ available: 100 - IDS.length })
  })
})
