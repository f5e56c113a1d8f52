import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ORDER_DESK, type Session } from '../contract/users.ts'
import { type TestReply, type TestShop, testShop } from '../testing/test-shop.ts'

const ANNA = { email: 'anna@example.org', password: 'correct horse' }

let shop: TestShop

beforeEach(async () => {
  shop = await testShop()
  await shop.start('users')
})

afterEach(async () => {
  await shop[Symbol.asyncDispose]()
})

const signUp = (body: object): Promise<TestReply> => shop.request('users', 'POST', '/users', { body })
const signIn = (body: object): Promise<TestReply> => shop.request('users', 'POST', '/sessions', { body })
const sessionOf = ({ body }: TestReply): Session => body as Session

describe('users', () => {
  it('signs a new account in, for its own id and without any special right', async () => {
    const { userId } = (await signUp(ANNA)).body as { userId: string }
    const { accessToken, expiresIn } = sessionOf(await signIn(ANNA))
    expect(decodeJwt(accessToken)).toMatchObject({ sub: userId, scope: '' })
    expect(expiresIn).toBe(300)
  })

  it('has an order desk that may order for anybody', async () => {
    const { accessToken } = sessionOf(await signIn(ORDER_DESK))
    expect(decodeJwt(accessToken)).toMatchObject({ scope: 'orders:any' })
  })

  it('gives a new access token for a refresh token, without any hashing', async () => {
    const { refreshToken } = sessionOf(await signIn(ORDER_DESK))
    const reply = await signIn({ refreshToken })
    expect(reply.status).toBe(200)
    expect(decodeProtectedHeader(sessionOf(reply).accessToken)).toMatchObject({ typ: 'at+jwt', alg: 'EdDSA' })
  })

  it('takes no access token for a refresh token, and none that was changed', async () => {
    const { accessToken, refreshToken } = sessionOf(await signIn(ORDER_DESK))
    const [header, payload] = refreshToken.split('.')
    const [, , signature] = accessToken.split('.')
    for (const wrong of [accessToken, `${header}.${payload}.${signature}`, `${header}.${payload}.`, 'nonsense'])
      expect(await signIn({ refreshToken: wrong })).toMatchObject({ status: 401, body: { code: 'SIGN_IN_FAILED' } })
  })

  it('says the same to a wrong password and to an unknown address', async () => {
    await signUp(ANNA)
    const wrong = await signIn({ ...ANNA, password: 'wrong horse' })
    const unknown = await signIn({ ...ANNA, email: 'nobody@example.org' })
    expect(wrong.status).toBe(401)
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body])
  })

  it('makes one account per address, however it is spelt and however many ask at once', async () => {
    const replies = await Promise.all([signUp(ANNA), signUp({ ...ANNA, email: 'ANNA@example.org' }), signUp(ANNA)])
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(new Set(replies.map(({ body }) => (body as { userId: string }).userId)).size).toBe(1)
  })

  it('gives an address away to nobody else, and the same account to who repeats the sign-up', async () => {
    const first = await signUp(ANNA)
    expect((await signUp(ANNA)).body).toEqual(first.body)
    expect(await signUp({ ...ANNA, password: 'another horse' })).toMatchObject({
      status: 409,
      body: { code: 'EMAIL_TAKEN' },
    })
  })

  it('keeps its keys and accounts, so that tokens outlive a restart', async () => {
    await signUp(ANNA)
    const { refreshToken } = sessionOf(await signIn(ANNA))
    const keys = await shop.request('users', 'GET', '/.well-known/jwks.json')
    await shop.stop('users')
    await shop.start('users')
    expect((await shop.request('users', 'GET', '/.well-known/jwks.json')).body).toEqual(keys.body)
    expect((await signIn({ refreshToken })).status).toBe(200)
    expect((await signIn(ANNA)).status).toBe(200)
  })

  it('publishes no private part of its key', async () => {
    const { body } = await shop.request('users', 'GET', '/.well-known/jwks.json')
    expect(body).toMatchObject({ keys: [{ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' }] })
    expect(JSON.stringify(body)).not.toContain('"d"')
  })

  it('writes neither passwords nor mail addresses down', async () => {
    await signUp(ANNA)
    await shop.stop('users')
    const database = await readFile(join(shop.dataFolder, 'users.db'), 'latin1')
    expect(database).not.toContain(ANNA.email)
    expect(database).not.toContain(ANNA.password)
    expect(database).toContain('scrypt$')
  })

  it('turns sign-ins away with 429 when too many wait for hashing, while refresh tokens are still taken', async () => {
    const { refreshToken } = sessionOf(await signIn(ORDER_DESK))
    const crowd = Array.from({ length: 30 }, () => signIn({ ...ORDER_DESK, password: 'wrong' }))
    expect((await signIn({ refreshToken })).status).toBe(200)
    const replies = await Promise.all(crowd)
    const busy = replies.filter(({ status }) => status === 429)
    expect(busy.length).toBeGreaterThanOrEqual(9)
    for (const { body, headers } of busy) {
      expect(body).toMatchObject({ code: 'SIGN_IN_BUSY' })
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })

  it.each([
    ['nothing', {}],
    ['both kinds of sign-in at once', { ...ANNA, refreshToken: 'x' }],
    ['a password of a megabyte', { ...ANNA, password: 'x'.repeat(1_000_000) }],
    ['an address without @', { ...ANNA, email: 'anna' }],
  ])('refuses %s', async (_, body) => {
    expect((await signIn(body)).status).toBe(400)
  })
})
