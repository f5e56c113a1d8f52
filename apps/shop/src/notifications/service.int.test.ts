import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestReply, type TestShop, testShop } from '../testing/test-shop.ts'

describe('notifications', () => {
  let shop: TestShop
  beforeEach(async () => {
    shop = await testShop()
    await shop.start('notifications')
  })
  afterEach(() => shop[Symbol.asyncDispose]())

  const notify = (orderId: string, kind = 'order-completed'): Promise<TestReply> =>
    shop.request('notifications', 'POST', '/notifications', { body: { orderId, customerId: null, kind } })

  it('accepts while mail is down, and sends each letter once when it is back', async () => {
    const replies = await Promise.all([notify('1'), notify('1'), notify('2'), notify('2', 'order-cancelled')])
    expect(replies.map(({ status }) => status)).toEqual([202, 202, 202, 202])
    const mail = await shop.peer('mail', () => ({ status: 202 }))
    await expect.poll(() => mail.requests.length, { timeout: 5000 }).toBe(3)
    expect((await notify('1')).status).toBe(202)
    expect(mail.requests.map(({ headers }) => String(headers['idempotency-key'])).toSorted()).toEqual([
      'order-1-order-completed',
      'order-2-order-cancelled',
      'order-2-order-completed',
    ])
  })

  it('sends after a restart what it had accepted before', async () => {
    await notify('1')
    await shop.stop('notifications')
    const mail = await shop.peer('mail', () => ({ status: 202 }))
    await shop.start('notifications')
    await expect.poll(() => mail.requests.length).toBe(1)
  })

  it('stops at once although mail hangs', async () => {
    const mail = await shop.peer('mail', () => 'hang')
    await notify('1')
    await expect.poll(() => mail.requests.length).toBe(1)
    await shop.stop('notifications')
  })

  it('refuses a kind of letter that it does not know', async () => {
    await expect(notify('1', 'poem')).resolves.toMatchObject({ status: 400 })
  })
})
