import { createHmac, randomBytes } from 'node:crypto'
import type { Runtime } from 'watertight'
import type { Store } from 'watertight/store'
import { keepFirst } from './keep-first.ts'

/** What is kept of a person: no name and no address, not even that of the mail. */
export interface Account {
  readonly userId: string
  readonly passwordHash: string
  readonly scopes: readonly string[]
}

const SECRETS = 'secrets'
const ACCOUNTS = 'accounts'
const USERS = 'users'

/** Accounts by mail address, which itself is never stored: rows are found by its keyed digest. */
export class Accounts {
  readonly #store: Store
  readonly #runtime: Runtime
  readonly #pepper: string

  private constructor(store: Store, runtime: Runtime, pepper: string) {
    this.#store = store
    this.#runtime = runtime
    this.#pepper = pepper
  }

  static async open(store: Store, runtime: Runtime): Promise<Accounts> {
    const pepper = await keepFirst(store, SECRETS, 'account-digest', async () => randomBytes(32).toString('base64url'))
    return new Accounts(store, runtime, pepper)
  }

  async byEmail(email: string): Promise<Account | undefined> {
    return (await this.#store.row(ACCOUNTS, this.#digest(email)))?.value as Account | undefined
  }

  /** The scopes an account has now; `undefined` when there is no such account. */
  async scopesOf(userId: string): Promise<readonly string[] | undefined> {
    const row = await this.#store.row(USERS, userId)
    return (row?.value as { readonly scopes: readonly string[] } | undefined)?.scopes
  }

  /** `undefined` when the address has an account already. */
  async add(email: string, passwordHash: string, scopes: readonly string[]): Promise<Account | undefined> {
    const account: Account = { userId: this.#runtime.id(), passwordHash, scopes }
    const committed = await this.#store.commit({
      rows: [
        { table: ACCOUNTS, key: this.#digest(email), value: account, ifVersion: 0 },
        { table: USERS, key: account.userId, value: { scopes }, ifVersion: 0 },
      ],
    })
    return committed.ok ? account : undefined
  }

  #digest(email: string): string {
    return createHmac('sha256', this.#pepper).update(email.trim().normalize('NFKC').toLowerCase()).digest('base64url')
  }
}
