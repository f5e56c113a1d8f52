import { expect, it } from 'vitest'
import type { Charge } from '../contract/payments.ts'
import { forkRole } from '../testing/forked-role.ts'
import { ledgerOf } from '../testing/ledgers.ts'
import { testShop } from '../testing/test-shop.ts'

it('has moved money exactly for the keys it knows when it is killed in the middle of its work', async () => {
  await using shop = await testShop()
  const provider = await forkRole(shop.config('provider-alpha'))
  const charge = (key: string) =>
    shop.request('provider-alpha', 'POST', '/charges', {
      body: { orderId: key, amountMinor: 100 },
      headers: { 'idempotency-key': key },
    })
  const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`)
  const answered: string[] = []
  const asked = keys.map(async (key) => {
    const reply = await charge(key).catch(() => undefined)
    if (reply?.status === 201) answered.push(key)
    if (answered.length === 20) await provider.kill()
  })
  await Promise.all(asked)

  await shop.start('provider-alpha')
  const before = await ledgerOf(shop.dataFolder, 'provider-alpha')
  const known = await Promise.all(
    keys.map(async (key) => {
      const { status, body } = await shop.request('provider-alpha', 'GET', `/charges/${key}`)
      return status === 200 ? [(body as Charge).chargeId] : []
    }),
  )
  expect(before.map(({ chargeId }) => chargeId).toSorted()).toEqual(known.flat().toSorted())
  expect(before.map(({ key }) => key)).toEqual(expect.arrayContaining(answered))

  await Promise.all(keys.map(charge))
  const after = await ledgerOf(shop.dataFolder, 'provider-alpha')
  expect(after.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
})
