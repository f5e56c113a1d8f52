import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PeerAnswer } from '../testing/json-peer.ts'
import { type TestReply, type TestShop, testShop } from '../testing/test-shop.ts'

describe('shipping', () => {
  let shop: TestShop
  beforeEach(async () => {
    shop = await testShop()
    await shop.start('shipping')
  })
  afterEach(() => shop[Symbol.asyncDispose]())

  const ship = (orderId: string): Promise<TestReply> =>
    shop.request('shipping', 'POST', '/shipments', { body: { orderId, country: 'EIRE', units: 3 } })

  it('asks the real carrier for one label, however often an order is shipped', async () => {
    await shop.start('carrier')
    const [first, second] = await Promise.all([ship('1'), ship('1')])
    expect(first.status).toBe(201)
    expect(second.body).toEqual(first.body)
    expect((await ship('1')).body).toEqual(first.body)
    expect((await shop.request('shipping', 'GET', '/shipments/1')).body).toEqual(first.body)
    expect((await shop.request('shipping', 'GET', '/shipments/2')).status).toBe(404)
  })

  it('asks under the same key when the answer of the carrier is lost', async () => {
    const answers: PeerAnswer[] = ['cut', 'cut']
    const carrier = await shop.peer(
      'carrier',
      () => answers.shift() ?? { status: 201, body: { trackingId: 'track-1' } },
    )
    let reply = await ship('1')
    if (reply.status !== 201) reply = await ship('1')
    expect(reply).toMatchObject({ status: 201, body: { trackingId: 'track-1' } })
    expect(new Set(carrier.requests.map(({ headers }) => headers['idempotency-key']))).toEqual(
      new Set(['order-1-label']),
    )
  })

  it('says that it cannot ship now while the carrier is down', async () => {
    await expect(ship('1')).resolves.toMatchObject({ status: 503 })
    await shop.start('carrier')
    await expect.poll(async () => (await ship('1')).status).toBe(201)
  })
})
