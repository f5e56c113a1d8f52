import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption, requireInteger, requireText } from '../../runtime/option.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'

/** What is right for HTTP, whatever client makes the requests. */
export interface HttpOptions {
  /** Answers that are failures. Default: 408, 425, 429 and 500 to 599; of these 429 and 503 mean `overloaded`. */
  readonly failureStatuses?: readonly number[] | undefined
  /** Those failures that are worth another try. Default: 408, 425, 429, 500, 502, 503, 504. */
  readonly retryStatuses?: readonly number[] | undefined
  /**
   * Methods that can be repeated. Default: GET, HEAD, OPTIONS, TRACE, PUT, DELETE (RFC 9110, 9.2.2). A request of another one
   * is repeated only when it has definitely not been executed, when it carries an idempotency key, or when it says so itself.
   */
  readonly idempotentMethods?: readonly string[] | undefined
  /** A request with this header can be repeated. Default: `'idempotency-key'`. */
  readonly idempotencyKeyHeader?: string | undefined
  /** Tells the server in a header how long its answer is still waited for. Default: true. */
  readonly sendDeadline?: boolean | undefined
  /** How long a body that is being read keeps its permits at most. Default: `'1m'`. */
  readonly bodyHold?: Duration | undefined
  /** For pipelines that are given as definitions. Default: the system runtime. */
  readonly runtime?: Runtime | undefined
}

/** Checked options. */
export interface HttpSettings {
  readonly failureStatuses: ReadonlySet<number>
  readonly retryStatuses: ReadonlySet<number>
  readonly idempotentMethods: ReadonlySet<string>
  readonly idempotencyKeyHeader: string
  readonly sendDeadline: boolean
  readonly bodyHoldMs: number
  readonly runtime: Runtime
}

/** Names of {@link HttpOptions}. */
export const HTTP_OPTIONS = [
  'failureStatuses',
  'retryStatuses',
  'idempotentMethods',
  'idempotencyKeyHeader',
  'sendDeadline',
  'bodyHold',
  'runtime',
] as const

const RETRIED = [408, 425, 429, 500, 502, 503, 504]
const FAILED = [408, 425, 429, ...Array.from({ length: 100 }, (_, n) => 500 + n)]
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']

/** Checks options. @throws WatertightError `INVALID_OPTION` */
export function httpSettings(options: HttpOptions): HttpSettings {
  const { failureStatuses = FAILED, retryStatuses = RETRIED, idempotentMethods = IDEMPOTENT } = options
  const { idempotencyKeyHeader = 'idempotency-key', sendDeadline = true, bodyHold = '1m' } = options
  return {
    failureStatuses: statuses('failureStatuses', failureStatuses),
    retryStatuses: statuses('retryStatuses', retryStatuses),
    idempotentMethods: new Set(
      idempotentMethods.map((method) => requireText('idempotentMethods', method).toUpperCase()),
    ),
    idempotencyKeyHeader: requireText('idempotencyKeyHeader', idempotencyKeyHeader).toLowerCase(),
    sendDeadline,
    bodyHoldMs: toMilliseconds('bodyHold', bodyHold),
    runtime: options.runtime ?? systemRuntime,
  }
}

function statuses(option: string, list: readonly number[]): ReadonlySet<number> {
  if (!Array.isArray(list)) throw invalidOption(option, list, 'a list of status codes')
  return new Set(list.map((status) => requireInteger(option, status, 100, 599)))
}
