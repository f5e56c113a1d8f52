import { describe, expect, it } from 'vitest'
import { testShop } from '../testing/test-shop.ts'

describe('analytics', () => {
  it('counts each fact once, also over a restart', async () => {
    await using shop = await testShop()
    const fact = { id: 'order-1-fact', orderId: '1', country: 'EIRE', totalMinor: 2050, day: '2011-12-09' }
    const record = (body: object) => shop.request('analytics', 'POST', '/facts', { body })
    await shop.start('analytics')
    await Promise.all([record(fact), record(fact), record({ ...fact, id: 'order-2-fact' })])
    await shop.stop('analytics')
    await shop.start('analytics')
    await expect(record(fact)).resolves.toMatchObject({ status: 202 })
    await expect(record({ ...fact, day: 'yesterday' })).resolves.toMatchObject({ status: 400 })
    const { body } = await shop.request('analytics', 'GET', '/revenue')
    expect(body).toEqual({ '2011-12-09': 4100 })
  })
})
