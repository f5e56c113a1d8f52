/** What a {@link WatertightError} can say beside its code and message. */
export interface WatertightErrorOptions {
  /** Whether trying the same thing again may help. Default: false. */
  readonly retryable?: boolean | undefined
  /** Milliseconds to wait before trying again, where known. */
  readonly retryAfterMs?: number | undefined
  /** Name of the policy, store or saga that raised the error. */
  readonly source?: string | undefined
  /** The error behind this one. */
  readonly cause?: unknown
}

const BRAND = Symbol.for('watertight.error')

/**
 * The one error class of Watertight. Tell errors apart by `code`, which is stable; messages are for people and may change.
 *
 * @example
 * throw new WatertightError('CONFLICT', 'order-7 is at version 4, expected 3', { retryable: true, source: 'orders' })
 */
export class WatertightError extends Error {
  readonly code: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly source: string | undefined

  constructor(code: string, message: string, options?: WatertightErrorOptions) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options?.retryable ?? false
    this.retryAfterMs = options?.retryAfterMs
    this.source = options?.source
  }

  /**
   * The same error without a stack trace: for refusals, which an overloaded system makes by the thousand and whose code says
   * all there is to know. About ten times cheaper than one with a stack.
   */
  static withoutStack(code: string, message: string, options?: WatertightErrorOptions): WatertightError {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    try {
      return new this(code, message, options)
    } finally {
      Error.stackTraceLimit = limit
    }
  }
}

// On the prototype: one string for all errors, and no own property in what people log.
Object.defineProperty(WatertightError.prototype, 'name', {
  value: 'WatertightError',
  configurable: true,
  writable: true,
})
Object.defineProperty(WatertightError.prototype, BRAND, { value: true })

/**
 * Whether `error` is a {@link WatertightError}, with this `code` if one is given. Unlike `instanceof`, it also knows errors
 * of another copy of the package in the same process.
 *
 * @example
 * if (isWatertightError(error, 'CIRCUIT_OPEN')) return lastKnownPrice
 */
export function isWatertightError(error: unknown, code?: string): error is WatertightError {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false
  return code === undefined || ('code' in error && error.code === code)
}
