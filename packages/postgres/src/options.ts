import {
  type Duration,
  invalidOption,
  refuseUnknown,
  requireInteger,
  requirePositiveInteger,
  requireText,
  type Runtime,
  systemRuntime,
  toMilliseconds,
} from 'watertight'

/** Where the database is, and how it is used. */
export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, with `sslmode` and the like as parameters. The primary: a standby is refused. */
  readonly url: string
  /**
   * The schema of the store's tables; made when it does not exist. Lower case letters, digits and `_`. Stores of several
   * services in one database differ by it. Default: `'watertight'`.
   */
  readonly schema?: string
  /** What timers, chance and the clock of waiting come from. Default: the system runtime. */
  readonly runtime?: Runtime
  /**
   * True behind a proxy that pools transactions (such as PgBouncer with `pool_mode = transaction`): nothing is then kept in a
   * session, so statements are planned anew and changes of other processes are found by polling alone. Default: `false`.
   */
  readonly transactionPooling?: boolean
  /** Connections that read at once, made when needed. Default: 4. */
  readonly readers?: number
  /** Batches under way at once: one is computed while the other is synced to the disk. Default: 2. */
  readonly lanes?: number
  /** Most commits in one batch. Default: 256. */
  readonly maxGroup?: number
  /**
   * How long a call waits for the database (to answer, to come back, to let go of a lock) before it rejects with
   * `STORE_UNAVAILABLE`. Default: `'5s'`.
   */
  readonly limit?: Duration
  /** How often `changed` looks for commits of other processes. Default: 100, and 25 with `transactionPooling`. */
  readonly pollInterval?: Duration
  /** Other processes are notified of commits at most so often; polling stands behind it. Default: 10. */
  readonly hintInterval?: Duration
}

/** The options, checked, with defaults. */
export interface Settings {
  readonly url: string
  /** The database in messages: no password. */
  readonly where: string
  readonly schema: string
  readonly runtime: Runtime
  readonly transactionPooling: boolean
  readonly readers: number
  readonly lanes: number
  readonly maxGroup: number
  readonly limitMs: number
  readonly pollMs: number
  readonly hintMs: number
}

const KNOWN = [
  'url',
  'schema',
  'runtime',
  'transactionPooling',
  'readers',
  'lanes',
  'maxGroup',
  'limit',
  'pollInterval',
  'hintInterval',
] as const

const MOST_CONNECTIONS = 100
const MOST_IN_GROUP = 4_096

/** @throws WatertightError `INVALID_OPTION` */
export function settingsOf(options: PostgresStoreOptions): Settings {
  refuseUnknown('postgresStore', options, KNOWN)
  const { schema = 'watertight', runtime = systemRuntime, transactionPooling = false } = options
  const url = requireText('url', options.url)
  // Used unquoted in SQL; short, since a channel is named after it.
  if (typeof schema !== 'string' || !/^[a-z_][a-z0-9_]{0,47}$/.test(schema) || schema.startsWith('pg_')) {
    throw invalidOption('schema', schema, 'at most 48 lower case letters, digits and _, no digit first, not pg_…')
  }
  if (typeof transactionPooling !== 'boolean')
    throw invalidOption('transactionPooling', transactionPooling, 'true or false')
  return {
    url,
    where: `${whereOf(url)}, schema ${schema}`,
    schema,
    runtime,
    transactionPooling,
    readers: requireInteger('readers', options.readers ?? 4, 1, MOST_CONNECTIONS),
    lanes: requireInteger('lanes', options.lanes ?? 2, 1, MOST_CONNECTIONS),
    maxGroup: requireInteger('maxGroup', requirePositiveInteger('maxGroup', options.maxGroup ?? 256), 1, MOST_IN_GROUP),
    limitMs: Math.ceil(toMilliseconds('limit', options.limit ?? '5s', { positive: true })),
    pollMs: toMilliseconds('pollInterval', options.pollInterval ?? (transactionPooling ? 25 : 100), { positive: true }),
    hintMs: toMilliseconds('hintInterval', options.hintInterval ?? 10),
  }
}

function whereOf(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url)
    if (protocol === 'postgres:' || protocol === 'postgresql:') return `${host}${pathname}`
  } catch {
    // Said below.
  }
  // Not the value: it may hold a password.
  throw invalidOption('url', 'something else', 'a URL that begins with postgres:// or postgresql://')
}
