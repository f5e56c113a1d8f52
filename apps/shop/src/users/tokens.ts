import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  errors,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { Runtime } from 'watertight'
import type { Store } from 'watertight/store'
import { ACCESS_TOKEN, ISSUER, SHOP } from '../contract/users.ts'
import { keepFirst } from './keep-first.ts'

const ALGORITHM = 'EdDSA'
const REFRESH_TOKEN = 'refresh+jwt'
const MS_PER_SECOND = 1000

/** Seconds an access token is good for: how long a withdrawn right may still be used. */
export const ACCESS_SECONDS = 5 * 60
const REFRESH_SECONDS = 7 * 24 * 60 * 60

/** Signs and checks tokens with the service's own Ed25519 key, made at the first start and kept in its database. */
export class Tokens {
  readonly #runtime: Runtime
  readonly #privateKey: CryptoKey
  readonly #kid: string
  readonly #keys: ReturnType<typeof createLocalJWKSet>
  /** What others verify access tokens with. */
  readonly jwks: { readonly keys: readonly JWK[] }

  private constructor(runtime: Runtime, privateKey: CryptoKey, publicJwk: JWK, kid: string) {
    this.#runtime = runtime
    this.#privateKey = privateKey
    this.#kid = kid
    this.jwks = { keys: [publicJwk] }
    this.#keys = createLocalJWKSet({ keys: [publicJwk] })
  }

  static async open(store: Store, runtime: Runtime): Promise<Tokens> {
    const { d, ...open } = await keepFirst(store, 'secrets', 'signing-key', async () => {
      const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true })
      return { ...(await exportJWK(privateKey)), alg: ALGORITHM, use: 'sig', kid: runtime.id() }
    })
    const privateKey = await importJWK({ ...open, ...(d !== undefined && { d }) }, ALGORITHM)
    if (privateKey instanceof Uint8Array) throw new Error('the stored signing key is not an Ed25519 key')
    return new Tokens(runtime, privateKey, open, open.kid)
  }

  access(userId: string, scopes: readonly string[]): Promise<string> {
    return this.#sign(ACCESS_TOKEN, userId, ACCESS_SECONDS, { scope: scopes.join(' ') })
  }

  refresh(userId: string): Promise<string> {
    return this.#sign(REFRESH_TOKEN, userId, REFRESH_SECONDS, {})
  }

  /** The user a refresh token was made for; `undefined` when it is none of ours, has expired, or is an access token. */
  async userOf(refreshToken: string): Promise<string | undefined> {
    try {
      const { payload } = await jwtVerify(refreshToken, this.#keys, {
        algorithms: [ALGORITHM],
        typ: REFRESH_TOKEN,
        issuer: ISSUER,
        audience: SHOP,
        currentDate: new Date(this.#runtime.wallTime()),
      })
      return payload.sub
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }

  #sign(type: string, userId: string, seconds: number, claims: Readonly<Record<string, string>>): Promise<string> {
    const now = Math.floor(this.#runtime.wallTime() / MS_PER_SECOND)
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: type, kid: this.#kid })
      .setIssuer(ISSUER)
      .setAudience(SHOP)
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(this.#privateKey)
  }
}
