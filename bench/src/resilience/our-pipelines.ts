import {
  bulkhead,
  circuitBreaker,
  exponential,
  fallback,
  fixed,
  type Pipeline,
  pipeline,
  retry,
  timeout,
} from 'watertight'

const ROOM_FOR_ALL = 20_000
const NEVER_OPENS = 1_000_000_000

/** As in production: somebody listens. */
function listened<Adds>(
  one: Pipeline<Adds>,
  heard: () => void,
  event: 'call.succeeded' | 'call.failed' = 'call.succeeded',
): Pipeline<Adds> {
  one.events.on(event, heard)
  return one
}

/** What is measured, each with one listener. */
export function ourPipelines(heard: () => void) {
  return {
    five: listened(
      pipeline(
        'five',
        fallback(() => -1),
        retry({ attempts: 3, backoff: exponential({ base: '100ms', max: '2s' }), budget: { ratio: 0.1 } }),
        circuitBreaker({ failureRate: 0.5, window: '10s', minimumCalls: 20 }),
        bulkhead({ concurrent: ROOM_FOR_ALL, queue: 100 }),
        timeout('2s'),
      ),
      heard,
    ),
    breaker: listened(
      pipeline('breaker', circuitBreaker({ failureRate: 0.5, window: '10s', minimumCalls: 20 })),
      heard,
    ),
    timeout: listened(pipeline('timeout', timeout('2s')), heard),
    bulkhead: listened(pipeline('bulkhead', bulkhead({ concurrent: 10, queue: 100 })), heard),
    breakerAndTimeout: listened(
      pipeline('breaker-and-timeout', timeout('2s'), circuitBreaker({ failureRate: 0.5, window: '10s' })),
      heard,
    ),
    failing: listened(
      pipeline(
        'failing',
        timeout('2s'),
        circuitBreaker({ failureRate: 0.5, window: '10s', minimumCalls: NEVER_OPENS }),
      ),
      heard,
      'call.failed',
    ),
    open: listened(pipeline('open', circuitBreaker({ failures: 1, openFor: '1d' })), heard),
  }
}

/** Three more of five policies each, in other orders and with other options. */
export function otherPipelines(heard: () => void): readonly Pipeline<unknown>[] {
  return [
    listened(
      pipeline(
        'other-1',
        timeout('5s'),
        retry({ attempts: 2, backoff: fixed('1s') }),
        circuitBreaker({ failures: 5 }),
        bulkhead({ concurrent: 50 }),
        timeout('1s'),
      ),
      heard,
    ),
    listened(
      pipeline(
        'other-2',
        bulkhead({ concurrent: 10, queue: 10 }),
        timeout('5s'),
        circuitBreaker({ failureRate: 0.3, window: 50 }),
        retry(),
        fallback(null),
      ),
      heard,
    ),
    listened(
      pipeline(
        'other-3',
        fallback('none'),
        circuitBreaker({ slowCallRate: 0.5, slowCall: '1s', window: '30s' }),
        timeout('3s'),
        retry({ handleResult: (value) => value === undefined }),
        bulkhead({ concurrent: 5, queue: 1_000 }),
      ),
      heard,
    ),
  ]
}
