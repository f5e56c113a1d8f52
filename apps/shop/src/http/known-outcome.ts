import { isWatertightError } from 'watertight'
import type { Method, Reply, RequestOptions } from './client.ts'
import { type Dependency, notExecuted } from './dependency.ts'

/** What is known after a call: its answer, or whether it may have been executed. */
export type KnownOutcome =
  | { readonly kind: 'answered'; readonly reply: Reply }
  /** Nothing of this call was executed. Says nothing of an earlier call. */
  | { readonly kind: 'not-executed'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown }

/**
 * Calls through the dependency's pipeline, and never rejects.
 *
 * The pipeline may send several times and report only the last error, such as "connection refused" by a process that died of the
 * first. So each send counts as executed until its own result disproves it, also one that was abandoned and has none yet.
 */
export async function knownOutcome(
  dependency: Dependency,
  method: Method,
  path: string,
  { signal, deadline, key, ...options }: RequestOptions = {},
): Promise<KnownOutcome> {
  let maybeExecuted = 0
  try {
    const reply = await dependency.pipeline.run(
      async (attempt) => {
        maybeExecuted++
        try {
          return await dependency.direct(method, path, {
            ...options,
            signal: attempt.signal,
            deadline: attempt.deadline,
          })
        } catch (error) {
          if (notExecuted(error)) maybeExecuted--
          throw error
        }
      },
      { ...(signal && { signal }), ...(deadline !== undefined && { deadline }), ...(key !== undefined && { key }) },
    )
    return { kind: 'answered', reply }
  } catch (error) {
    return { kind: maybeExecuted === 0 ? 'not-executed' : 'unknown', error: firstOf(error) }
  }
}

/** A hedged call fails with the errors of all its tries; for a person the first says why. */
function firstOf(error: unknown): unknown {
  return isWatertightError(error, 'ALL_FAILED') && error.cause instanceof AggregateError ? error.cause.errors[0] : error
}
