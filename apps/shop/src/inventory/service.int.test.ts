import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestReply, type TestShop, testShop } from '../testing/test-shop.ts'

const bowl = { sku: '20677', description: 'PINK POLKADOT BOWL', unitPriceMinor: 125, opening: 5 }
const cup = { sku: '20675', description: 'BLUE POLKADOT CUP', unitPriceMinor: 65, opening: 3 }
const odd = { sku: 'gift_0001/20 %', description: 'Gift voucher £20', unitPriceMinor: 1667, opening: 1 }

describe('inventory', () => {
  let shop: TestShop

  beforeEach(async () => {
    shop = await testShop()
    const catalogue = [bowl, cup, odd].map((article) => JSON.stringify(article)).join('\n')
    await writeFile(join(shop.dataFolder, 'catalogue.ndjson'), catalogue)
    await shop.start('inventory')
  })
  afterEach(() => shop[Symbol.asyncDispose]())

  const get = (path: string): Promise<TestReply> => shop.request('inventory', 'GET', path)
  const reserve = (orderId: string, sku: string, quantity: number): Promise<TestReply> =>
    shop.request('inventory', 'POST', '/reservations', { body: { orderId, lines: [{ sku, quantity }] } })
  const release = (orderId: string): Promise<TestReply> =>
    shop.request('inventory', 'POST', `/reservations/${orderId}/release`)

  it('shows a product with what can be ordered now', async () => {
    await reserve('1', bowl.sku, 2)
    const reply = await get(`/products/${bowl.sku}`)
    expect(reply).toMatchObject({ status: 200, body: { sku: bowl.sku, unitPriceMinor: 125, available: 3 } })
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
    await expect(get(`/products/${encodeURIComponent(odd.sku)}`)).resolves.toMatchObject({ body: { sku: odd.sku } })
    await expect(get('/products/none')).resolves.toMatchObject({ status: 404, body: { code: 'UNKNOWN_PRODUCT' } })
  })

  it('searches by words, with what can be ordered now', async () => {
    await get('/search?q=polkadot')
    await reserve('1', cup.sku, 3)
    await expect(get('/search?q=polkadot+cup')).resolves.toMatchObject({
      body: { products: [{ sku: cup.sku, available: 0 }] },
    })
    const { body } = await get('/search?q=polkadot&limit=1')
    expect((body as { products: unknown[] }).products).toHaveLength(1)
    await expect(get('/search')).resolves.toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
  })

  it('never oversells one article that everybody wants at once', async () => {
    const replies = await Promise.all(Array.from({ length: 40 }, (_, i) => reserve(`order-${i}`, bowl.sku, 1)))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(5)
    const refused = replies.filter(({ status }) => status === 409)
    expect(refused).toHaveLength(35)
    expect(refused[0]?.body).toEqual({ code: 'OUT_OF_STOCK', message: 'not enough in stock: 20677' })
  })

  it('answers out of stock for more units than one line of an order can have: several lines add up', async () => {
    await expect(reserve('1', bowl.sku, 1_200_000)).resolves.toMatchObject({
      status: 409,
      body: { code: 'OUT_OF_STOCK' },
    })
  })

  it('answers a repeated reservation like the first', async () => {
    await expect(reserve('1', bowl.sku, 5)).resolves.toMatchObject({
      status: 201,
      body: { orderId: '1', status: 'reserved' },
    })
    await expect(reserve('1', bowl.sku, 5)).resolves.toMatchObject({ status: 201 })
    await expect(get('/reservations/1')).resolves.toMatchObject({ status: 200, body: { status: 'reserved' } })
    await expect(get('/reservations/2')).resolves.toMatchObject({ status: 404 })
  })

  it('refuses a reservation that comes after its release', async () => {
    await expect(release('1')).resolves.toMatchObject({ status: 200, body: { status: 'released' } })
    await expect(reserve('1', bowl.sku, 1)).resolves.toMatchObject({
      status: 409,
      body: { code: 'RESERVATION_CLOSED' },
    })
    await expect(release('1')).resolves.toMatchObject({ status: 200 })
  })

  it('reads the catalogue at its first start only', async () => {
    await reserve('1', bowl.sku, 2)
    await shop.stop('inventory')
    await rm(join(shop.dataFolder, 'catalogue.ndjson'))
    await shop.start('inventory')
    await expect(get(`/products/${bowl.sku}`)).resolves.toMatchObject({ body: { available: 3 } })
    await expect(reserve('1', bowl.sku, 2)).resolves.toMatchObject({ status: 201 })
  })

  it.each([{ lines: [] }, { lines: [{ sku: '20677', quantity: 0 }] }, { lines: [{ sku: '20677', quantity: 1.5 }] }])(
    'refuses the lines %j',
    async ({ lines }) => {
      const reply = await shop.request('inventory', 'POST', '/reservations', { body: { orderId: '1', lines } })
      expect(reply.status).toBe(400)
    },
  )

  it('does not start on a broken catalogue, and says which line it is', async () => {
    const other = await testShop()
    await writeFile(join(other.dataFolder, 'catalogue.ndjson'), `${JSON.stringify(bowl)}\n{"sku"`)
    await expect(other.start('inventory')).rejects.toThrow(/catalogue\.ndjson, line 2: /)
    await other[Symbol.asyncDispose]()
  })
})
