import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Charge } from '../contract/payments.ts'
import { ledgerOf } from '../testing/ledgers.ts'
import { type TestReply, type TestShop, testShop } from '../testing/test-shop.ts'

const CHARGE = { orderId: '536365', amountMinor: 1999 }

let shop: TestShop

beforeEach(async () => {
  shop = await testShop()
})

afterEach(async () => {
  await shop[Symbol.asyncDispose]()
})

const ask = (method: string, path: string, body?: object, key?: string): Promise<TestReply> =>
  shop.request('provider-alpha', method, path, {
    ...(body && { body }),
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  })
const charge = (key: string, body: object = CHARGE) => ask('POST', '/charges', body, key)

describe('a payment provider', () => {
  it('lets a repeated key wait for the charge that is under way, and gives both the same answer', async () => {
    await shop.start('provider-alpha')
    const [one, other] = await Promise.all([charge('k'), charge('k')])
    expect(one).toMatchObject({ status: 201, body: { key: 'k', ...CHARGE, status: 'charged' } })
    expect(other?.body).toEqual(one?.body)
  })

  it('remembers keys, closed ones too, when it is started again', async () => {
    await shop.start('provider-alpha')
    const first = await charge('k')
    await ask('POST', '/charges/closed/close')
    await shop.stop('provider-alpha')
    await shop.start('provider-alpha')
    expect((await charge('k')).body).toEqual(first.body)
    expect(await charge('closed')).toMatchObject({ status: 409, body: { code: 'KEY_CLOSED' } })
    expect(await ledgerOf(shop.dataFolder, 'provider-alpha')).toHaveLength(1)
  })

  it('moves the money and cuts the connection when the answer is to be lost, once', async () => {
    const provider = await shop.start('provider-alpha')
    provider.faults({ answerLostRate: 1 })
    await expect(charge('k')).rejects.toThrow('fetch failed')
    expect(await charge('k')).toMatchObject({ status: 201 })
    expect(provider.snapshot().injected).toEqual({ answerLost: 1 })
    expect(await ledgerOf(shop.dataFolder, 'provider-alpha')).toHaveLength(1)
  })

  it('moves the money late though the caller has gone', async () => {
    const provider = await shop.start('provider-alpha')
    provider.faults({ lateRate: 1, lateMs: 200 })
    const gone = fetch(`http://127.0.0.1:${shop.config('mail').ports['provider-alpha']}/charges`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: JSON.stringify(CHARGE),
      signal: AbortSignal.timeout(50),
    })
    await expect(gone).rejects.toThrow('timeout')
    expect(await ask('GET', '/charges/k')).toMatchObject({ status: 404 })
    await expect.poll(async () => (await ask('GET', '/charges/k')).status).toBe(200)
    expect(provider.snapshot().injected).toEqual({ late: 1, lateCharged: 1 })
  })

  it('gives money back once, and says so to who asks for the charge again', async () => {
    await shop.start('provider-alpha')
    const { chargeId } = (await charge('k')).body as Charge
    const back = { key: 'k', chargeId }
    expect(await ask('POST', '/refunds', back)).toMatchObject({ status: 200, body: { status: 'refunded' } })
    expect(await ask('POST', '/refunds', back)).toMatchObject({ status: 200, body: { status: 'refunded' } })
    expect(await ask('POST', '/refunds', { key: 'k', chargeId: 'x' })).toMatchObject({ status: 404 })
    expect(await ledgerOf(shop.dataFolder, 'provider-alpha')).toHaveLength(2)
  })

  it('answers "not executed", and has not, when it is told to fail', async () => {
    const provider = await shop.start('provider-alpha')
    provider.faults({ failRate: 1 })
    expect(await charge('k')).toMatchObject({ status: 503, body: { code: 'NOT_EXECUTED' } })
    expect(await ledgerOf(shop.dataFolder, 'provider-alpha')).toEqual([])
  })

  it('refuses a key that was used for another charge, and a request without key', async () => {
    await shop.start('provider-alpha')
    await charge('k')
    expect(await charge('k', { ...CHARGE, amountMinor: 1 })).toMatchObject({ status: 422 })
    expect(await ask('POST', '/charges', CHARGE)).toMatchObject({ status: 400 })
  })
})

describe.each([
  ['carrier', '/labels', 201],
  ['mail', '/messages', 202],
] as const)('%s', (role, path, status) => {
  it('gives a repeated key the first answer, also after a restart', async () => {
    await shop.start(role)
    const post = () => shop.request(role, 'POST', path, { headers: { 'idempotency-key': 'k' } })
    const [one, other] = await Promise.all([post(), post()])
    expect(one.status).toBe(status)
    expect(other.body).toEqual(one.body)
    await shop.stop(role)
    await shop.start(role)
    expect((await post()).body).toEqual(one.body)
  })

  it('does the work once when its answer is lost', async () => {
    const process = await shop.start(role)
    process.faults({ answerLostRate: 1 })
    const post = () => shop.request(role, 'POST', path, { headers: { 'idempotency-key': 'k' } })
    await expect(post()).rejects.toThrow('fetch failed')
    expect((await post()).body).toEqual((await post()).body)
    expect(process.snapshot().injected).toEqual({ answerLost: 1 })
  })
})
