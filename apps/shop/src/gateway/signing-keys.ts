import { type CryptoKey, importJWK, type JWK } from 'jose'
import type { Runtime } from 'watertight'

/** A key that nobody knows makes us ask again, but not more often than this: anybody can invent key names. */
const COOLDOWN_MS = 5_000
const COOLDOWN_AFTER_FAILURE_MS = 500
/** A withdrawn key is forgotten after so long. */
const MAX_AGE_MS = 10 * 60_000

type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'fetched'; readonly at: number }
  | { readonly kind: 'failed'; readonly at: number; readonly error: unknown }

/**
 * The public keys that tokens are verified with, fetched when first needed and again when a token names an unknown one.
 * Known keys stay in use while the service that publishes them is down.
 */
export class SigningKeys {
  readonly #fetch: () => Promise<readonly JWK[]>
  readonly #runtime: Runtime
  #keys: ReadonlyMap<string, CryptoKey> = new Map()
  #state: State = { kind: 'none' }
  #fetching: Promise<void> | undefined

  constructor(fetch: () => Promise<readonly JWK[]>, runtime: Runtime) {
    this.#fetch = fetch
    this.#runtime = runtime
  }

  /** The key of this name; `undefined` when there is none. Throws what fetching threw when that cannot be told. */
  async find(kid: string): Promise<CryptoKey | undefined> {
    const known = this.#keys.get(kid)
    if (known !== undefined) {
      if (this.#due(MAX_AGE_MS)) void this.#refresh()
      return known
    }
    if (this.#due(COOLDOWN_MS)) await this.#refresh()
    if (this.#state.kind === 'failed') throw this.#state.error
    return this.#keys.get(kid)
  }

  #due(afterMs: number): boolean {
    if (this.#fetching !== undefined || this.#state.kind === 'none') return true
    const wait = this.#state.kind === 'failed' ? COOLDOWN_AFTER_FAILURE_MS : afterMs
    return this.#runtime.now() - this.#state.at >= wait
  }

  #refresh(): Promise<void> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined
    })
    return this.#fetching
  }

  async #load(): Promise<void> {
    try {
      const keys = new Map<string, CryptoKey>()
      for (const jwk of await this.#fetch()) {
        const key = await importJWK(jwk, 'EdDSA')
        if (jwk.kid !== undefined && !(key instanceof Uint8Array)) keys.set(jwk.kid, key)
      }
      this.#keys = keys
      this.#state = { kind: 'fetched', at: this.#runtime.now() }
    } catch (error) {
      this.#state = { kind: 'failed', at: this.#runtime.now(), error }
    }
  }
}
