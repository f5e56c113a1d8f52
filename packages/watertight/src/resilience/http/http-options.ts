import type { Duration } from '../../runtime/duration.ts'
import { invalidOption, requireInteger, requireText } from '../../runtime/option.ts'
import {
  anything,
  callback,
  type Check,
  type Checks,
  duration,
  flag,
  oneOf,
  settingsOf,
} from '../../runtime/option-checks.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import type { DispatchOptions } from './dispatch.ts'
import type { Fetch, RequestHints } from './request-hints.ts'

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

/** Checked options of a `fetch`. */
export interface FetchSettings extends HttpSettings {
  readonly fetch: Fetch
  readonly settle: 'headers' | 'body'
}

/** Checked options of an interceptor. */
export interface InterceptorSettings extends HttpSettings {
  readonly hints: ((request: DispatchOptions) => RequestHints) | undefined
}

const RETRIED = [408, 425, 429, 500, 502, 503, 504]
const FAILED = [408, 425, 429, ...Array.from({ length: 100 }, (_, n) => 500 + n)]
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']

/** @throws WatertightError `INVALID_OPTION` */
export function fetchSettings(options: object): FetchSettings {
  const platform: Fetch = (input, init) => globalThis.fetch(input, init)
  return settingsOf<FetchSettings>('fetchWith', options, {
    ...http(),
    fetch: (option, given) => callback<Fetch>()(option, given) ?? platform,
    settle: oneOf('headers', 'body'),
  })
}

/** @throws WatertightError `INVALID_OPTION` */
export function interceptorSettings(options: object): InterceptorSettings {
  return settingsOf<InterceptorSettings>('interceptor', options, { ...http(), hints: callback() })
}

function http(): Checks<HttpSettings> {
  const header = (option: string, given: unknown): string => requireText(option, given as string).toLowerCase()
  return {
    failureStatuses: statuses(FAILED),
    retryStatuses: statuses(RETRIED),
    idempotentMethods: setOf(IDEMPOTENT, (option, one) => requireText(option, one as string).toUpperCase()),
    idempotencyKeyHeader: (option, given = 'idempotency-key') => header(option, given),
    sendDeadline: flag(true),
    bodyHoldMs: duration('1m'),
    runtime: anything(systemRuntime),
  }
}

function statuses(standard: readonly number[]): Check<ReadonlySet<number>> {
  return setOf(standard, (option, status) => requireInteger(option, status as number, 100, 599))
}

function setOf<One>(standard: readonly One[], check: Check<One>): Check<ReadonlySet<One>> {
  return (option, given = standard) => {
    if (!Array.isArray(given)) throw invalidOption(option, given, 'a list')
    return new Set(given.map((one: unknown) => check(option, one)))
  }
}
