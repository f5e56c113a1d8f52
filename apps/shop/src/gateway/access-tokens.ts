import { errors, jwtVerify } from 'jose'
import type { Runtime } from 'watertight'
import { ACCESS_TOKEN, ISSUER, SHOP } from '../contract/users.ts'
import type { SigningKeys } from './signing-keys.ts'

const MAX_REMEMBERED = 10_000
const MS_PER_SECOND = 1000

/** Who is asking, by a token that was verified. */
export interface Caller {
  readonly userId: string
  readonly scopes: ReadonlySet<string>
}

interface Remembered extends Caller {
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** Verifies access tokens, and remembers those that it has verified until they expire: checking a signature costs more than a request. */
export class AccessTokens {
  readonly #keys: SigningKeys
  readonly #runtime: Runtime
  readonly #remembered = new Map<string, Remembered>()

  constructor(keys: SigningKeys, runtime: Runtime) {
    this.#keys = keys
    this.#runtime = runtime
  }

  /** Who sent this `authorization` header; `undefined` when it holds no good token. Throws when the keys cannot be had. */
  async caller(authorization: string | undefined): Promise<Caller | undefined> {
    const token = /^Bearer ([\w.-]{1,4096})$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return undefined
    const known = this.#remembered.get(token)
    if (known !== undefined) {
      if (known.expiresAt > this.#runtime.wallTime()) return known
      this.#remembered.delete(token)
      return undefined
    }
    const verified = await this.#verify(token)
    if (verified !== undefined) this.#remember(token, verified)
    return verified
  }

  async #verify(token: string): Promise<Remembered | undefined> {
    try {
      const { payload } = await jwtVerify(
        token,
        async ({ kid }) => {
          const key = kid === undefined ? undefined : await this.#keys.find(kid)
          if (key === undefined) throw new errors.JWKSNoMatchingKey()
          return key
        },
        {
          algorithms: ['EdDSA'],
          typ: ACCESS_TOKEN,
          issuer: ISSUER,
          audience: SHOP,
          requiredClaims: ['sub', 'exp'],
          currentDate: new Date(this.#runtime.wallTime()),
        },
      )
      const { sub, exp, scope } = payload
      if (sub === undefined || exp === undefined) return undefined
      const scopes = new Set(typeof scope === 'string' && scope !== '' ? scope.split(' ') : [])
      return { userId: sub, scopes, expiresAt: exp * MS_PER_SECOND }
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }

  #remember(token: string, caller: Remembered): void {
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const oldest = this.#remembered.keys().next()
      if (!oldest.done) this.#remembered.delete(oldest.value)
    }
    this.#remembered.set(token, caller)
  }
}
