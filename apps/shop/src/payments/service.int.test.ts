import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderName } from '../process/roles.ts'
import type { PeerAnswer, PeerRequest } from '../testing/json-peer.ts'
import { ledgerOf } from '../testing/ledgers.ts'
import { type TestReply, type TestShop, testShop } from '../testing/test-shop.ts'

const KEY = 'order-536365-charge'
const PAYMENT = { orderId: '536365', amountMinor: 1999 }

let shop: TestShop

beforeEach(async () => {
  shop = await testShop()
})

afterEach(async () => {
  await shop[Symbol.asyncDispose]()
})

const charge = (key = KEY, body: object = PAYMENT): Promise<TestReply> =>
  shop.request('payments', 'POST', '/payments', { body, headers: { 'idempotency-key': key } })
const refund = (key = KEY): Promise<TestReply> => shop.request('payments', 'POST', `/payments/${key}/refund`)
const look = (key = KEY): Promise<TestReply> => shop.request('payments', 'GET', `/payments/${key}`)
const moved = async (provider: ProviderName): Promise<readonly string[]> =>
  (await ledgerOf(shop.dataFolder, provider)).map(
    ({ kind, orderId, amountMinor }) => `${kind} ${orderId} ${amountMinor}`,
  )

const startAll = async () => {
  const alpha = await shop.start('provider-alpha')
  const beta = await shop.start('provider-beta')
  await shop.start('payments')
  return { alpha, beta }
}

const isCharge = ({ path }: PeerRequest): boolean => path === '/charges'
const notExecuted: PeerAnswer = { status: 503, body: { code: 'NOT_EXECUTED', message: 'try another' } }

describe('payments', () => {
  it('charges at the first provider, and answers a repeated key with the same payment', async () => {
    await startAll()
    const first = await charge()
    expect(first).toMatchObject({ status: 201, body: { key: KEY, status: 'charged', provider: 'provider-alpha' } })
    expect((await charge()).body).toEqual(first.body)
    expect((await look()).body).toEqual(first.body)
    expect(await moved('provider-alpha')).toEqual(['charge 536365 1999'])
  })

  it('charges once when the answer is lost, by repeating the key', async () => {
    const { alpha } = await startAll()
    alpha.faults({ answerLostRate: 1 })
    expect(await charge()).toMatchObject({ status: 201, body: { provider: 'provider-alpha' } })
    expect(alpha.snapshot().injected).toEqual({ answerLost: 1 })
    expect(await moved('provider-alpha')).toEqual(['charge 536365 1999'])
    expect(await moved('provider-beta')).toEqual([])
  })

  it('closes the key of a charge that does not come, goes on, and has the late one refused', async () => {
    const { alpha } = await startAll()
    alpha.faults({ lateRate: 1, lateMs: 2_000 })
    const late = shop.request('provider-alpha', 'POST', '/charges', {
      body: PAYMENT,
      headers: { 'idempotency-key': `${KEY}.1` },
    })
    expect(await charge()).toMatchObject({ status: 201, body: { provider: 'provider-beta' } })
    expect(await late).toMatchObject({ status: 409, body: { code: 'KEY_CLOSED' } })
    expect(alpha.snapshot().injected).toEqual({ late: 1, lateRefused: 1 })
    expect(await moved('provider-alpha')).toEqual([])
    expect(await moved('provider-beta')).toEqual(['charge 536365 1999'])
  })

  it('takes the next provider when the first is not listening', async () => {
    await shop.start('provider-beta')
    await shop.start('payments')
    expect(await charge()).toMatchObject({ status: 201, body: { provider: 'provider-beta' } })
  })

  it('takes the next provider when the first says that it has not executed', async () => {
    const alpha = await shop.peer('provider-alpha', () => notExecuted)
    await shop.start('provider-beta')
    await shop.start('payments')
    expect(await charge()).toMatchObject({ status: 201, body: { provider: 'provider-beta' } })
    expect(alpha.requests).toHaveLength(1)
  })

  it('does not take the next provider while nobody knows what the first has done', async () => {
    await shop.peer('provider-alpha', () => 'cut')
    const beta = await shop.peer('provider-beta', () => notExecuted)
    await shop.start('payments')
    const reply = await charge()
    expect(reply).toMatchObject({ status: 503, body: { code: 'NOT_SETTLED' } })
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await look()).toMatchObject({ status: 200, body: { status: 'unsettled' } })
    expect(beta.requests).toEqual([])
  })

  it('does not take "not executed" for an answer when an earlier question was cut off', async () => {
    let asked = 0
    await shop.peer('provider-alpha', (request) => (isCharge(request) && asked++ === 0 ? 'cut' : notExecuted))
    const beta = await shop.peer('provider-beta', () => notExecuted)
    await shop.start('payments')
    expect(await charge()).toMatchObject({ status: 503, body: { code: 'NOT_SETTLED' } })
    expect(beta.requests).toEqual([])
  })

  it('settles at the repeat what a caller that gave up has left unsettled', async () => {
    const { alpha } = await startAll()
    alpha.faults({ hangMs: 1_200 })
    expect(await charge()).toMatchObject({ status: 503, body: { code: 'NOT_SETTLED' } })
    alpha.faults({})
    await expect.poll(async () => (await charge()).status, { timeout: 4_000, interval: 100 }).toBe(201)
    expect([...(await moved('provider-alpha')), ...(await moved('provider-beta'))]).toEqual(['charge 536365 1999'])
  })

  it('charges once for two requests with one key at the same time', async () => {
    await startAll()
    const [one, other] = await Promise.all([charge(), charge()])
    expect(one).toMatchObject({ status: 201 })
    expect(other?.body).toEqual(one?.body)
    expect(await moved('provider-alpha')).toEqual(['charge 536365 1999'])
  })

  it('refunds a charge that is still under way, and charges nothing more', async () => {
    const { alpha } = await startAll()
    alpha.faults({ lateRate: 1, lateMs: 200 })
    const charging = charge()
    await expect.poll(async () => (await look()).status).toBe(200)
    expect(await refund()).toMatchObject({ status: 200, body: { status: 'closed' } })
    expect(await charging).toMatchObject({ status: 201 })
    expect(await moved('provider-alpha')).toEqual(['charge 536365 1999', 'refund 536365 1999'])
    expect(await charge()).toMatchObject({ status: 409, body: { code: 'PAYMENT_CLOSED' } })
  })

  it('charges nothing under a key that was closed before any charge', async () => {
    await startAll()
    expect(await refund()).toMatchObject({ status: 200, body: { status: 'closed' } })
    expect(await charge()).toMatchObject({ status: 409, body: { code: 'PAYMENT_CLOSED' } })
    expect(await moved('provider-alpha')).toEqual([])
  })

  it('passes on a declined card, and asks nobody else', async () => {
    const { alpha } = await startAll()
    alpha.faults({ declineRate: 1 })
    expect(await charge()).toMatchObject({ status: 402, body: { code: 'DECLINED' } })
    alpha.faults({})
    expect(await charge()).toMatchObject({ status: 402 })
    expect(await moved('provider-beta')).toEqual([])
    expect(await refund()).toMatchObject({ status: 200, body: { status: 'closed' } })
  })

  it('says so when no provider is left, and charges when one is back', async () => {
    await shop.start('payments')
    const reply = await charge()
    expect(reply).toMatchObject({
      status: 503,
      body: { code: 'NO_PROVIDER', message: 'no payment provider available' },
    })
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    await shop.start('provider-gamma')
    expect(await charge()).toMatchObject({ status: 201, body: { provider: 'provider-gamma' } })
  })

  it('refuses a key that was used for another payment', async () => {
    await startAll()
    await charge()
    expect(await charge(KEY, { ...PAYMENT, amountMinor: 1 })).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    })
  })

  it.each([
    ['no amount', { orderId: '1' }],
    ['an amount of 0', { orderId: '1', amountMinor: 0 }],
    ['half a penny', { orderId: '1', amountMinor: 0.5 }],
  ])('refuses %s', async (_, body) => {
    await shop.start('payments')
    expect(await charge(KEY, body)).toMatchObject({ status: 400 })
  })

  it('knows nothing of a key it was never asked about', async () => {
    await shop.start('payments')
    expect(await look('order-1-charge')).toMatchObject({ status: 404, body: { code: 'UNKNOWN_PAYMENT' } })
  })
})
