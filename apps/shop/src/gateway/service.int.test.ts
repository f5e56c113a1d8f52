import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEADLINE_HEADER } from 'watertight'
import { ORDER_DESK, type Session } from '../contract/users.ts'
import type { ShopProcess } from '../process/process.ts'
import { type TestReply, type TestShop, testShop } from '../testing/test-shop.ts'

const ORDER = {
  id: '536365',
  placedAt: '2011-09-01T08:25:00+01:00',
  customerId: '17850',
  country: 'United Kingdom',
  currency: 'GBP',
  lines: [{ sku: '85123A', description: null, quantity: 6, unitPriceMinor: 255 }],
}

let shop: TestShop
let gateway: ShopProcess

beforeEach(async () => {
  shop = await testShop()
  gateway = await shop.start('gateway')
})

afterEach(async () => {
  await shop[Symbol.asyncDispose]()
})

const tokenOf = (reply: TestReply): string => (reply.body as Session).accessToken
const signIn = (body: object = ORDER_DESK): Promise<TestReply> => shop.request('gateway', 'POST', '/sign-in', { body })
const place = (token: string, body: object = ORDER, key = 'key-1'): Promise<TestReply> =>
  shop.request('gateway', 'POST', '/orders', {
    body,
    headers: { authorization: `Bearer ${token}`, 'idempotency-key': key },
  })
const see = (token: string, id: string): Promise<TestReply> =>
  shop.request('gateway', 'GET', `/orders/${id}`, { headers: { authorization: `Bearer ${token}` } })

describe('the door of the shop', () => {
  it('passes product and search requests on, strange article numbers and words too', async () => {
    const inventory = await shop.peer('inventory', () => ({ status: 200, body: { products: [] } }))
    await shop.request('gateway', 'GET', `/products/${encodeURIComponent('BANK CHARGES/1')}`)
    await shop.request('gateway', 'GET', `/search?q=${encodeURIComponent('red & white?')}`)
    expect(inventory.requests.map(({ path }) => path)).toEqual([
      '/products/BANK%20CHARGES%2F1',
      '/search?q=red%20%26%20white%3F&limit=20',
    ])
  })

  it('passes on what the service behind it answers, also that there is no such thing', async () => {
    const body = { code: 'UNKNOWN_PRODUCT', message: 'no such product' }
    await shop.peer('inventory', () => ({ status: 404, body }))
    expect(await shop.request('gateway', 'GET', '/products/x')).toMatchObject({ status: 404, body })
  })

  it('shows a product from memory for a while, and asks inventory for it once', async () => {
    const inventory = await shop.peer('inventory', () => ({ status: 200, body: { sku: '85123A', available: 7 } }))
    const looks = Array.from({ length: 20 }, () => shop.request('gateway', 'GET', '/products/85123A'))
    for (const { body } of await Promise.all(looks)) expect(body).toEqual({ sku: '85123A', available: 7 })
    expect(inventory.requests).toHaveLength(1)
  })

  it('passes a good order on, with its idempotency key and the time that is left', async () => {
    await shop.start('users')
    const orders = await shop.peer('orders', () => ({ status: 201, body: { orderId: '536365', status: 'paid' } }))
    const token = tokenOf(await signIn())
    const reply = await shop.request('gateway', 'POST', '/orders', {
      body: ORDER,
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'key-1', [DEADLINE_HEADER]: '900' },
    })
    expect(reply).toMatchObject({ status: 201, body: { status: 'paid' } })
    expect(orders.requests).toMatchObject([{ body: ORDER, headers: { 'idempotency-key': 'key-1' } }])
    expect(Number(orders.requests[0]?.headers[DEADLINE_HEADER])).toBeLessThanOrEqual(900)
  })

  it('signs people up and in, who may then order for themselves only', async () => {
    await shop.start('users')
    await shop.peer('orders', () => ({ status: 202, body: { orderId: '536365', status: 'pending' } }))
    const anna = { email: 'anna@example.org', password: 'correct horse' }
    const signedUp = await shop.request('gateway', 'POST', '/sign-up', { body: anna })
    const { userId } = signedUp.body as { userId: string }
    const token = tokenOf(await signIn(anna))
    expect(await place(token)).toMatchObject({ status: 403, body: { code: 'NOT_YOUR_ORDER' } })
    expect(await place(token, { ...ORDER, customerId: null })).toMatchObject({ status: 403 })
    expect(await place(token, { ...ORDER, customerId: userId })).toMatchObject({ status: 202 })
  })

  it('shows an order to its customer and to the order desk, and hides it from anybody else', async () => {
    await shop.start('users')
    const anna = { email: 'anna@example.org', password: 'correct horse' }
    const { userId } = (await shop.request('gateway', 'POST', '/sign-up', { body: anna })).body as { userId: string }
    await shop.peer('orders', ({ path }) => ({
      status: 200,
      body: { id: '1', customerId: path === '/orders/hers' ? userId : '17850' },
    }))
    const hers = tokenOf(await signIn(anna))
    expect((await see(hers, 'hers')).status).toBe(200)
    expect((await see(hers, 'his')).status).toBe(404)
    expect((await see(tokenOf(await signIn()), 'his')).status).toBe(200)
  })

  it.each([
    ['no token', ''],
    ['nonsense', 'Bearer nonsense'],
    ['a token nobody signed', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.'],
    ['another scheme', 'Basic ZGVzazp2YWxlbnRpbmU='],
  ])('lets nobody order with %s', async (_, authorization) => {
    await shop.start('users')
    const orders = await shop.peer('orders', () => ({ status: 201 }))
    const reply = await shop.request('gateway', 'POST', '/orders', {
      body: ORDER,
      headers: { authorization, 'idempotency-key': 'k' },
    })
    expect(reply).toMatchObject({ status: 401, body: { code: 'NOT_SIGNED_IN' } })
    expect(orders.requests).toEqual([])
  })

  it('takes no refresh token as a key to the shop', async () => {
    await shop.start('users')
    const { refreshToken } = (await signIn()).body as Session
    expect(await place(refreshToken)).toMatchObject({ status: 401 })
  })

  it('goes on knowing people while users is down', async () => {
    await shop.start('users')
    await shop.peer('orders', () => ({ status: 201, body: {} }))
    const [first, second] = [tokenOf(await signIn()), tokenOf(await signIn())]
    expect((await place(first)).status).toBe(201)
    await shop.stop('users')
    expect((await place(first)).status).toBe(201)
    expect((await place(second)).status).toBe(201)
    expect(await signIn()).toMatchObject({ status: 503, body: { code: 'CONNECTION_REFUSED' } })
  })

  it('does not call a token bad when it cannot fetch the keys: it says 503', async () => {
    await shop.start('users')
    const token = tokenOf(await signIn())
    await shop.stop('users')
    expect(await place(token)).toMatchObject({ status: 503 })
  })

  it.each([
    ['without idempotency key', {}],
    ['with an empty key', { 'idempotency-key': '' }],
    ['with a key of 201 characters', { 'idempotency-key': 'k'.repeat(201) }],
    ['with a key nobody can read', { 'idempotency-key': 'k\u00e9' }],
  ])('takes no order %s', async (_, headers) => {
    const reply = await shop.request('gateway', 'POST', '/orders', { body: ORDER, headers })
    expect(reply).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } })
  })

  it.each([
    ['a quantity that is a text', { ...ORDER, lines: [{ ...ORDER.lines[0], quantity: '6' }] }],
    ['a field nobody asked for', { ...ORDER, discount: 1 }],
  ])('takes no order with %s', async (_, body) => {
    await shop.start('users')
    expect(await place(tokenOf(await signIn()), body)).toMatchObject({ status: 400, body: { code: 'INVALID_ORDER' } })
  })

  it('tells a person that the shop window is not to be had, and when to come back', async () => {
    const reply = await shop.request('gateway', 'GET', '/products/85123A')
    expect(reply).toMatchObject({
      status: 503,
      body: { code: 'CONNECTION_REFUSED', message: expect.stringContaining('temporarily unavailable') },
    })
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('tells a person that the limit is exceeded when the service behind it says so', async () => {
    const busy = { status: 429, body: { code: 'SIGN_IN_BUSY', message: 'busy' }, headers: { 'retry-after': '7' } }
    await shop.peer('users', () => busy)
    const reply = await signIn()
    expect(reply).toMatchObject({ status: 429, body: { message: expect.stringContaining('limit is exceeded') } })
    expect(reply.headers.get('retry-after')).toBe('7')
  })

  it('tells a person that it took too long', async () => {
    await shop.peer('inventory', () => 'hang')
    const reply = await shop.request('gateway', 'GET', '/products/85123A')
    expect(reply).toMatchObject({ status: 503, body: { code: 'TIMED_OUT' } })
    expect(reply.body).toMatchObject({ message: expect.stringContaining('took too long') })
  })

  it('tells a person that it does not know', async () => {
    await shop.start('users')
    await shop.peer('orders', () => 'cut')
    const reply = await place(tokenOf(await signIn()))
    expect(reply).toMatchObject({ status: 504, body: { message: expect.stringContaining('do not know') } })
  })

  it('does not call an order refused when the service died after it may have accepted it', async () => {
    await shop.start('users')
    const token = tokenOf(await signIn())
    await shop.peer('orders', () => {
      void shop.stop('orders')
      return 'cut'
    })
    const reply = await place(token)
    expect(reply).toMatchObject({ status: 504, body: { code: 'CONNECTION_REFUSED' } })
    expect(reply.headers.get('retry-after')).not.toBeNull()
  })

  it('counts what it could not get, by cause', async () => {
    await shop.request('gateway', 'GET', '/products/85123A')
    expect(gateway.snapshot().refused).toEqual({ CONNECTION_REFUSED: 1 })
  })
})
