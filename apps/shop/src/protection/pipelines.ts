import { bulkhead, circuitBreaker, type Pipeline, pipeline, retry, timeout } from 'watertight'
import type { Callee, Protection } from './protection.ts'

/** The pipeline of each dependency of one process: one each, or the same for all where they share a pool. */
export function pipelinesOf(protection: Protection): (callee: Callee) => Pipeline {
  const { calls } = protection
  if ('attemptTimeout' in calls) {
    const pool = pipeline('shared-pool', bulkhead(calls.bulkhead), retry(calls.retry), timeout(calls.attemptTimeout))
    return () => pool
  }
  const made = new Map<Callee, Pipeline>()
  return (callee) => {
    const known = made.get(callee)
    if (known) return known
    const options = calls[callee]
    const own = pipeline(
      callee,
      timeout(options.timeout),
      retry(options.retry),
      circuitBreaker(options.circuitBreaker),
      bulkhead(options.bulkhead),
      timeout(options.attemptTimeout),
    )
    made.set(callee, own)
    return own
  }
}
