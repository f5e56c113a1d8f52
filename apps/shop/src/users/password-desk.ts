import type { LivePipeline } from 'watertight'
import type { Account, Accounts } from './accounts.ts'
import { hashPassword, passwordMatches } from './password.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
}

/** Sign-in and sign-up by password. All hashing goes through a compartment of its own, and throws what that refuses. */
export class PasswordDesk {
  readonly #accounts: Accounts
  readonly #hashing: LivePipeline
  readonly #nobody: string

  private constructor(accounts: Accounts, hashing: LivePipeline, nobody: string) {
    this.#accounts = accounts
    this.#hashing = hashing
    this.#nobody = nobody
  }

  /** `anything` is hashed once, for comparing with when there is no such account: how long an answer takes must not tell who has one. */
  static async open(accounts: Accounts, hashing: LivePipeline, anything: string): Promise<PasswordDesk> {
    return new PasswordDesk(accounts, hashing, await hashPassword(anything))
  }

  /** `undefined` when the address has no account, or not this password. */
  async signIn({ email, password }: Credentials): Promise<Account | undefined> {
    const account = await this.#accounts.byEmail(email)
    const matches = await this.#hashing.run(() => passwordMatches(password, account?.passwordHash ?? this.#nobody))
    return matches ? account : undefined
  }

  /** Safe to repeat when the answer was lost. `undefined` when the address has an account with another password. */
  async signUp(credentials: Credentials, scopes: readonly string[] = []): Promise<Account | undefined> {
    const { email, password } = credentials
    if ((await this.#accounts.byEmail(email)) === undefined) {
      const passwordHash = await this.#hashing.run(() => hashPassword(password))
      const account = await this.#accounts.add(email, passwordHash, scopes)
      if (account !== undefined) return account
    }
    return this.signIn(credentials)
  }
}
