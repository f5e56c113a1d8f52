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
