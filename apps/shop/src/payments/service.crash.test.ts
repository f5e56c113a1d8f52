import { expect, it } from 'vitest'
import { forkRole } from '../testing/forked-role.ts'
import { ledgerOf } from '../testing/ledgers.ts'
import { testShop } from '../testing/test-shop.ts'

const KEY = 'order-536365-charge'
const body = { orderId: '536365', amountMinor: 1999 }

it('asks the same provider again when it was killed between the intent and the answer', async () => {
  await using shop = await testShop()
  const alpha = await shop.start('provider-alpha')
  await shop.start('provider-beta')
  const headers = { 'idempotency-key': KEY }
  alpha.faults({ lateRate: 1, lateMs: 300 })

  const payments = await forkRole(shop.config('payments'))
  const asked = shop.request('payments', 'POST', '/payments', { body, headers }).catch((error: unknown) => error)
  await expect.poll(() => alpha.snapshot().inFlight, { interval: 5 }).toBe(1)
  await payments.kill()
  expect(await asked).toBeInstanceOf(Error)

  await shop.start('payments')
  const looked = await shop.request('payments', 'GET', `/payments/${KEY}`)
  expect(looked).toMatchObject({ status: 200, body: { status: 'unsettled' } })
  const repeated = await shop.request('payments', 'POST', '/payments', { body, headers })
  expect(repeated).toMatchObject({ status: 201, body: { provider: 'provider-alpha' } })
  expect(await ledgerOf(shop.dataFolder, 'provider-alpha')).toHaveLength(1)
  expect(await ledgerOf(shop.dataFolder, 'provider-beta')).toHaveLength(0)
})

it('charges every order exactly once, however often it is killed and whatever the providers keep to themselves', async () => {
  await using shop = await testShop({ seed: 7 })
  for (const role of ['provider-alpha', 'provider-beta'] as const) {
    const provider = await shop.start(role)
    provider.faults({ answerLostRate: 0.15, lateRate: 0.1, lateMs: 700, failRate: 0.05 })
  }
  const orders = Array.from({ length: 60 }, (_, index) => `order-${index}`)
  let open = orders.length
  const paid = async (orderId: string): Promise<void> => {
    const request = { body: { orderId, amountMinor: 100 }, headers: { 'idempotency-key': `order-${orderId}-charge` } }
    for (;;) {
      const reply = await shop.request('payments', 'POST', '/payments', request).catch(() => undefined)
      if (reply?.status === 201) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    open--
  }

  let payments = await forkRole(shop.config('payments'))
  const asked = Promise.all(orders.map(paid))
  for (let kills = 0; kills < 3; kills++) {
    const before = open
    await expect.poll(() => open, { interval: 2, timeout: 10_000 }).toBeLessThan(before - 5)
    await payments.kill()
    payments = await forkRole(shop.config('payments'))
  }
  await asked
  await payments.kill()

  const ledger = [
    ...(await ledgerOf(shop.dataFolder, 'provider-alpha')),
    ...(await ledgerOf(shop.dataFolder, 'provider-beta')),
  ]
  expect(ledger.map(({ kind, orderId }) => `${kind} ${orderId}`).toSorted()).toEqual(
    orders.map((orderId) => `charge ${orderId}`).toSorted(),
  )
})
