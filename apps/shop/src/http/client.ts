import { Pool } from 'undici'
import { DEADLINE_HEADER, type Runtime, WatertightError, writeDeadline } from 'watertight'
import { LOOPBACK } from '../process/config.ts'

const TOO_MANY_REQUESTS = 429
const SERVER_ERROR = 500
const SERVICE_UNAVAILABLE = 503
const MS_PER_SECOND = 1000

export interface Reply {
  readonly status: number
  /** Parsed JSON; `undefined` where the answer had no body. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

export interface RequestOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** On the runtime's clock; the rest of it travels as a header. */
  readonly deadline?: number
  /** What the answer may be kept under, where the callee's pipeline has a cache. */
  readonly key?: string
}

export type Method = 'GET' | 'POST'

/**
 * A JSON client of one process on the loopback address, without any policy.
 *
 * Answers below 500 are values, but 429. Errors say what is known of the call: `CONNECTION_REFUSED` and `UPSTREAM_REFUSED`
 * (429, or 503 with code `NOT_EXECUTED`) mean that it was definitely not executed; `CONNECTION_LOST` and `UPSTREAM_FAILED`
 * that nobody knows. All are retryable. An abort by `signal` rejects with the signal's reason.
 */
export interface HttpClient {
  request(method: Method, path: string, options?: RequestOptions): Promise<Reply>
  close(): Promise<void>
}

export function httpClient(name: string, port: number, runtime: Runtime): HttpClient {
  // No limit on connections here: limiting is what the pipelines are for, and a hidden second queue would spoil their figures.
  const pool = new Pool(`http://${LOOPBACK}:${port}`, {
    connections: null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    close: () => pool.destroy(),
    async request(method, path, options = {}) {
      const { body, signal, deadline } = options
      const headers: Record<string, string> = { ...options.headers }
      if (body !== undefined) headers['content-type'] = 'application/json'
      const remaining = deadline === undefined ? undefined : writeDeadline(deadline, runtime)
      if (remaining !== undefined) headers[DEADLINE_HEADER] = remaining
      try {
        const response = await pool.request({
          method,
          path,
          headers,
          body: body === undefined ? null : JSON.stringify(body),
          ...(signal && { signal }),
        })
        const text = await response.body.text()
        return judged(name, {
          status: response.statusCode,
          body: text === '' ? undefined : JSON.parse(text),
          headers: response.headers,
        })
      } catch (error) {
        if (error instanceof WatertightError) throw error
        if (signal?.aborted) throw signal.reason
        throw connectionError(name, error)
      }
    },
  }
}

function judged(name: string, reply: Reply): Reply {
  if (reply.status < SERVER_ERROR && reply.status !== TOO_MANY_REQUESTS) return reply
  const { code, message } = (reply.body ?? {}) as { code?: string; message?: string }
  const refused =
    reply.status === TOO_MANY_REQUESTS || (reply.status === SERVICE_UNAVAILABLE && code === 'NOT_EXECUTED')
  const seconds = Number(reply.headers['retry-after'])
  throw new WatertightError(
    refused ? 'UPSTREAM_REFUSED' : 'UPSTREAM_FAILED',
    `${name} answered ${reply.status}${code ? ` ${code}` : ''}${message ? `: ${message}` : ''}`,
    {
      source: name,
      retryable: true,
      cause: { status: reply.status, code },
      ...(Number.isFinite(seconds) && { retryAfterMs: seconds * MS_PER_SECOND }),
    },
  )
}

function connectionError(name: string, error: unknown): WatertightError {
  const { code, message } = error as { code?: string; message?: string }
  return code === 'ECONNREFUSED'
    ? new WatertightError('CONNECTION_REFUSED', `${name} is not listening`, {
        source: name,
        retryable: true,
        cause: error,
      })
    : new WatertightError('CONNECTION_LOST', `the connection to ${name} broke before it answered: ${code ?? message}`, {
        source: name,
        retryable: true,
        cause: error,
      })
}
