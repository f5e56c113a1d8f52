import { DatabaseError } from 'pg'
import { WatertightError } from 'watertight'

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const CONTENTION: ReadonlySet<string> = new Set(['40001', '40P01', '55P03', '57014', '25P04'])
const NOT_BY_WAITING = /^(28|3D|3F|42|0A)/

/** What is known of a call that failed. */
export type Fate =
  /** The server said no: nothing of it was written. */
  | 'refused'
  /** There was no connection to send it over. */
  | 'unsent'
  /** The connection was lost: it may have been done. */
  | 'unknown'

/** A call to the database that failed once. */
export class CallFailure extends Error {
  readonly fate: Fate
  override readonly cause: unknown

  constructor(fate: Fate, cause: unknown) {
    super(reasonOf(cause))
    this.fate = fate
    this.cause = cause
  }

  /** True when somebody else's lock was in the way, or two transactions waited for each other. */
  get isContention(): boolean {
    return this.fate === 'refused' && CONTENTION.has(sqlState(this.cause) ?? '')
  }

  /** True when the same call may succeed a little later. */
  get isPassing(): boolean {
    if (this.fate === 'refused') return this.isContention
    return !NOT_BY_WAITING.test(sqlState(this.cause) ?? '')
  }
}

/** Whether the server aborted the call, or the connection broke: an error of severity FATAL may come after the commit. */
export function fateOf(error: unknown): Fate {
  return error instanceof DatabaseError && error.severity === 'ERROR' ? 'refused' : 'unknown'
}

/** Makes the store's error of a failure that is final. */
export function storeError(where: string, failure: unknown): unknown {
  if (!(failure instanceof CallFailure)) return failure
  const { cause, message: reason } = failure
  const code = sqlState(cause) ?? ''
  if (code.startsWith('XX')) return corrupt(where, reason, cause)
  if (/^(22|54)/.test(code)) {
    return new WatertightError('INVALID_COMMIT', `A value is too large for the store ${where}: ${reason}.`, {
      source: where,
      cause,
    })
  }
  return unavailable(where, reason, adviceFor(code, failure), cause)
}

/** The database cannot be trusted. */
export function corrupt(where: string, reason: string, cause?: unknown): WatertightError {
  return new WatertightError(
    'STORE_CORRUPT',
    `The store ${where} is damaged: ${reason}. Restore it from a backup, or use another schema.`,
    { source: where, cause },
  )
}

/** The database cannot be used now. */
export function unavailable(where: string, reason: string, advice: string, cause?: unknown): WatertightError {
  return new WatertightError('STORE_UNAVAILABLE', `The store ${where} is unavailable: ${reason}. ${advice}.`, {
    retryable: true,
    source: where,
    cause,
  })
}

/** The SQLSTATE of an error of the server's. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined
}

function adviceFor(code: string, { isContention, fate }: CallFailure): string {
  if (code.startsWith('28')) return 'Check user and password'
  if (code === '3D000') return 'Create the database: only its schema is made by itself'
  if (code === '3F000' || code === '42P01' || code === '42883')
    return 'Its tables are gone: open the store again to make them'
  if (code === '42501') return 'Give the user the right to it'
  if (code === '55000') return 'Set default_transaction_isolation of the database to read committed'
  if (code === '25006') return 'Connect to the primary: this server takes no writes'
  if (code === '53100') return 'Make room on the disk of the server'
  if (code === '53300') return 'Use fewer connections, or a proxy that pools them'
  if (isContention) return 'Look for a transaction that holds its locks for long'
  return fate === 'unsent' ? 'Check that the server runs and can be reached' : 'Look at the log of the server'
}

function reasonOf(error: unknown): string {
  // Several addresses of a host, each with its own failure, come as one error without a message.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error && error.message !== '' ? error.message : String(error)
}
