import { isWatertightError, type Pipeline } from 'watertight'
import type { HttpClient, Method, Reply, RequestOptions } from './client.ts'

/** What a service calls: an HTTP client behind its pipeline. */
export interface Dependency {
  readonly pipeline: Pipeline
  /** Through the pipeline. Throws its refusals and the client's errors. */
  call(method: Method, path: string, options?: RequestOptions): Promise<Reply>
  /** Past the pipeline: for saga steps, which go through it by `via`. */
  direct(method: Method, path: string, options?: RequestOptions): Promise<Reply>
}

export function dependencyOf(client: HttpClient, pipeline: Pipeline): Dependency {
  return {
    pipeline,
    direct: (method, path, options) => client.request(method, path, options),
    call: (method, path, { signal, deadline, key, ...options } = {}) =>
      pipeline.run(
        (attempt) =>
          client.request(method, path, {
            ...options,
            signal: attempt.signal,
            deadline: attempt.deadline,
          }),
        {
          ...(signal && { signal }),
          ...(deadline !== undefined && { deadline }),
          ...(key !== undefined && { key }),
        },
      ),
  }
}

const NEVER_SENT: ReadonlySet<string> = new Set([
  'CONNECTION_REFUSED',
  'UPSTREAM_REFUSED',
  'CIRCUIT_OPEN',
  'BULKHEAD_FULL',
  'RETRY_BUDGET_EXHAUSTED',
])

/** True when the call has definitely not been executed, so that asking somebody else is safe. */
export function notExecuted(error: unknown): boolean {
  return isWatertightError(error) && NEVER_SENT.has(error.code)
}
