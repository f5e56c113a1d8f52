import {
  adaptiveTimeout,
  bulkhead,
  cache,
  circuitBreaker,
  hedge,
  type Pipeline,
  pipeline,
  retry,
  timeout,
} from 'watertight'
import type { Callee, Protection, SharedPool } from './protection.ts'

/** The pipeline of each dependency of one process: one each, or the same for all where they share a pool. */
export function pipelinesOf(protection: Protection): (callee: Callee) => Pipeline {
  const { calls } = protection
  if (isShared(calls)) {
    const pool = pipeline('shared-pool', bulkhead(calls.bulkhead), retry(calls.retry), timeout(calls.attemptTimeout))
    return () => pool
  }
  const made = new Map<Callee, Pipeline>()
  return (callee) => {
    const known = made.get(callee)
    if (known) return known
    const options = calls[callee]
    const { attemptTimeout } = options
    const own = pipeline(
      callee,
      ...(options.cache ? [cache(options.cache)] : []),
      timeout(options.timeout),
      retry(options.retry),
      ...(options.hedge ? [hedge(options.hedge)] : []),
      circuitBreaker(options.circuitBreaker),
      bulkhead(options.bulkhead),
      typeof attemptTimeout === 'object' ? adaptiveTimeout(attemptTimeout) : timeout(attemptTimeout),
    )
    made.set(callee, own)
    return own
  }
}

function isShared(calls: Protection['calls']): calls is SharedPool {
  return 'attemptTimeout' in calls
}
