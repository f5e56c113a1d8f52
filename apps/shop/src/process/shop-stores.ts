import { createHash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { postgresStore } from '@watertight/postgres'
import { Client } from 'pg'
import { type Runtime, systemRuntime } from 'watertight'
import { sqliteStore } from 'watertight/sqlite'
import type { Store } from 'watertight/store'
import { EXIT, inOneLine, PlainFailure } from '../supervisor/plain-failure.ts'
import { type Role, ROLES, SERVICES } from './roles.ts'

/** The variable that moves the eight services to PostgreSQL. */
const DATABASE_URL = 'DATABASE_URL'
const OWN_DATABASE: ReadonlySet<Role> = new Set(SERVICES)
/** There is one of that name, or there is about to be. */
const DUPLICATE_DATABASE: ReadonlySet<unknown> = new Set(['42P04', '23505'])
const HASH_DIGITS = 8

/** The databases of one shop: one for each process, none is shared. */
export interface ShopStores {
  /** Opens, and at first makes, the database of a process. */
  open(role: Role, runtime?: Runtime): Promise<Store>
  /** The processes whose database is there. */
  held(): Promise<readonly Role[]>
  /** Drops what is not in the data folder. */
  drop(): Promise<void>
}

/**
 * The databases that belong to a data folder: SQLite files in it, and with a `DATABASE_URL` databases of that server for the
 * eight services, named after the folder. What the shop does not own (providers, mail, carrier) keeps its files.
 */
export function shopStores(
  dataFolder: string,
  url: string | undefined = process.env[DATABASE_URL] === '' ? undefined : process.env[DATABASE_URL],
): ShopStores {
  const files = new SqliteFiles(dataFolder)
  if (url === undefined) return files
  return new ServerDatabases(files, requireUrl(url), prefixOf(dataFolder))
}

class SqliteFiles implements ShopStores {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  open(role: Role, runtime: Runtime = systemRuntime): Promise<Store> {
    return sqliteStore({ file: this.#file(role), runtime })
  }

  async held(): Promise<readonly Role[]> {
    const there = await Promise.all(
      ROLES.map((role) =>
        access(this.#file(role)).then(
          () => true,
          () => false,
        ),
      ),
    )
    return ROLES.filter((_, index) => there[index])
  }

  async drop(): Promise<void> {}

  #file(role: Role): string {
    return join(this.#folder, `${role}.db`)
  }
}

class ServerDatabases implements ShopStores {
  readonly #files: SqliteFiles
  readonly #url: URL
  readonly #prefix: string

  constructor(files: SqliteFiles, url: URL, prefix: string) {
    this.#files = files
    this.#url = url
    this.#prefix = prefix
  }

  async open(role: Role, runtime: Runtime = systemRuntime): Promise<Store> {
    if (!OWN_DATABASE.has(role)) return this.#files.open(role, runtime)
    const name = this.#nameOf(role)
    await this.#asAdmin(async (client) => {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
      if (rowCount === 0)
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`).catch((error: unknown) => {
          // Another process was quicker.
          if (!DUPLICATE_DATABASE.has((error as { code?: unknown }).code)) throw error
        })
    })
    const url = new URL(this.#url)
    url.pathname = `/${name}`
    return postgresStore({ url: url.href, runtime })
  }

  async held(): Promise<readonly Role[]> {
    const names = new Set(await this.#asAdmin((client) => this.#names(client)))
    const files = await this.#files.held()
    return ROLES.filter((role) => (OWN_DATABASE.has(role) ? names.has(this.#nameOf(role)) : files.includes(role)))
  }

  async drop(): Promise<void> {
    await this.#asAdmin(async (client) => {
      for (const name of await this.#names(client))
        await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`)
    })
  }

  async #names(client: Client): Promise<readonly string[]> {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE datname = ANY ($1)',
      [SERVICES.map((role) => this.#nameOf(role))],
    )
    return rows.map(({ datname }) => datname)
  }

  #nameOf(role: Role): string {
    return `${this.#prefix}_${role}`
  }

  async #asAdmin<T>(ask: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.#url.href })
    // A connection that breaks while it is idle says so here; the next question fails by itself.
    client.on('error', () => {})
    try {
      await client.connect()
      return await ask(client)
    } catch (error) {
      throw new PlainFailure(`${DATABASE_URL}: ${this.#url.host} refuses: ${inOneLine(error)}`, EXIT.failed, {
        cause: error,
      })
    } finally {
      await client.end().catch(() => {})
    }
  }
}

function requireUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'postgres:' || url?.protocol === 'postgresql:') return url
  // The text may hold a password.
  throw new PlainFailure(`${DATABASE_URL} must be postgres://user:password@host:port/database`, EXIT.usage)
}

/** The same for the same folder, and no other folder's: two shops may share a server. */
function prefixOf(dataFolder: string): string {
  const path = resolve(dataFolder)
  const name = basename(path)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
  return `${name.slice(0, 30)}_${createHash('sha256').update(path).digest('hex').slice(0, HASH_DIGITS)}`
}
