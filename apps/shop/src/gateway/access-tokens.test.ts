import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { VirtualRuntime } from 'watertight/testing'
import { ACCESS_TOKEN, ISSUER, SHOP } from '../contract/users.ts'
import { AccessTokens } from './access-tokens.ts'
import { SigningKeys } from './signing-keys.ts'

let pair: Awaited<ReturnType<typeof generateKeyPair>>
let runtime: VirtualRuntime
let tokens: AccessTokens

beforeAll(async () => {
  pair = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
})

beforeEach(async () => {
  runtime = new VirtualRuntime()
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'a' }
  tokens = new AccessTokens(new SigningKeys(async () => [jwk], runtime), runtime)
})

const sign = (claims: { issuer?: string; audience?: string; typ?: string; kid?: string } = {}): Promise<string> =>
  new SignJWT({ scope: 'orders:any other' })
    .setProtectedHeader({ alg: 'EdDSA', typ: claims.typ ?? ACCESS_TOKEN, kid: claims.kid ?? 'a' })
    .setIssuer(claims.issuer ?? ISSUER)
    .setAudience(claims.audience ?? SHOP)
    .setSubject('17850')
    .setExpirationTime(Math.floor(runtime.wallTime() / 1000) + 300)
    .sign(pair.privateKey)

const caller = (token: string) => tokens.caller(`Bearer ${token}`)

describe('AccessTokens', () => {
  it('says who is asking and what they may do', async () => {
    expect(await caller(await sign())).toMatchObject({ userId: '17850', scopes: new Set(['orders:any', 'other']) })
  })

  it('refuses a token from the second on in which it expires, also one that it remembers', async () => {
    const token = await sign()
    expect(await caller(token)).toBeDefined()
    await runtime.advance(299_999)
    expect(await caller(token)).toBeDefined()
    await runtime.advance(1)
    expect(await caller(token)).toBeUndefined()
    expect(await caller(token)).toBeUndefined()
  })

  it.each([
    ['of another issuer', { issuer: 'someone' }],
    ['for another audience', { audience: 'another shop' }],
    ['that is for refreshing only', { typ: 'refresh+jwt' }],
    ['signed under a key nobody knows', { kid: 'b' }],
  ])('refuses a token %s', async (_, claims) => {
    expect(await caller(await sign(claims))).toBeUndefined()
  })

  it('refuses a token whose content was changed, though one like it was good', async () => {
    const [header, , signature] = (await sign()).split('.')
    const payload = Buffer.from(JSON.stringify({ sub: 'somebody else', exp: 9e9 })).toString('base64url')
    expect(await caller(`${header}.${payload}.${signature}`)).toBeUndefined()
  })
})
