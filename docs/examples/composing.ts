import { bulkhead, circuitBreaker, exponential, fallback, pipeline, retry, timeout } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region order
const payments = pipeline(
  'payments', // outermost first
  fallback(() => ({ status: 'pending' })), // sees what became of everything inside it
  timeout('5s'), // all attempts and the waits between them
  retry({ attempts: 3, backoff: exponential({ base: '100ms', max: '2s' }), budget: { ratio: 0.1 } }),
  circuitBreaker({ failureRate: 0.5, window: '10s', minimumCalls: 20, openFor: '30s' }), // sees each attempt
  bulkhead({ concurrent: 10, queue: 100, maxWait: '100ms' }), // taken for an attempt, not for the waits between
  timeout('2s'), // each attempt, without the wait in the queue
)
print([...payments.policies.keys()].join(' > '))
// #endregion

// #region advice
const doubtful = pipeline('doubtful', circuitBreaker(), retry({ attempts: 3 }), timeout('1s'), timeout('2s'))
for (const { code, message } of doubtful.advice) print(`${code}: ${message}`)
// #endregion

// #region live
payments.update('timeout-2', { after: '1s' }) // from the next call on
payments.update('bulkhead', { concurrent: 20 })
print(JSON.stringify(payments.state().policies['bulkhead']))
// #endregion

// #region virtual
const runtime = new VirtualRuntime({ seed: 7 })
const answer = payments.on(runtime).run(() => new Promise<{ status: string }>(() => {})) // never answers
await runtime.advance('5s')
print(`${(await answer).status} at ${runtime.now()} ms, without waiting`)
// #endregion
