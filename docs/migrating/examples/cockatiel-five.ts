import * as cockatiel from 'cockatiel'
import { bulkhead, circuitBreaker, exponential, fallback, pipeline, retry, timeout } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region before
const { handleAll } = cockatiel

const before = cockatiel.wrap(
  cockatiel.fallback(handleAll, { status: 'pending' }),
  cockatiel.retry(handleAll, {
    maxAttempts: 2, // further tries
    backoff: new cockatiel.ExponentialBackoff({ initialDelay: 10, maxDelay: 2_000 }),
  }),
  cockatiel.circuitBreaker(handleAll, {
    halfOpenAfter: 30_000,
    breaker: new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 2 }),
  }),
  cockatiel.bulkhead(10, 100),
  cockatiel.timeout(2_000, cockatiel.TimeoutStrategy.Aggressive),
)
// #endregion

// #region after
const after = pipeline(
  'payments',
  fallback({ status: 'pending' }),
  retry({ attempts: 3, backoff: exponential({ base: '10ms', max: '2s', jitter: 'decorrelated' }) }), // all tries
  circuitBreaker({ failureRate: 0.5, window: '10s', minimumCalls: 20, openFor: '30s' }),
  bulkhead({ concurrent: 10, queue: 100 }),
  timeout('2s'),
)
// #endregion

async function failing(run: (fn: () => Promise<{ status: string }>) => Promise<{ status: string }>): Promise<string> {
  let calls = 0
  const { status } = await run(() => {
    calls++
    return Promise.reject(new Error('connection reset'))
  })
  return `${status} after ${calls} calls`
}

print(`cockatiel  ${await failing((fn) => before.execute(fn))}`)
print(`watertight ${await failing((fn) => after.run(fn))}`)
