import { bulkhead, circuitBreaker, fixed, pipeline, rateLimiter, retry, timeout } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region api
const partner = pipeline(
  'partner',
  timeout('12s'), // the person waits no longer
  retry({ attempts: 3, backoff: fixed('1s') }), // server errors and time limits, never a 4xx
  circuitBreaker({ failureRate: 0.5, window: 10, minimumCalls: 5, openFor: '30s', halfOpenCalls: 3 }),
  rateLimiter({ limit: 10, per: '1s', maxWait: '500ms' }), // what the partner allows
  bulkhead({ concurrent: 5, queue: 50, maxWait: '100ms' }),
  timeout('3s'), // each attempt
)

const WORDS: ReadonlyMap<unknown, string> = new Map([
  ['CIRCUIT_OPEN', 'temporarily unavailable'],
  ['RATE_LIMITED', 'limit exceeded, try again in a moment'],
  ['BULKHEAD_FULL', 'busy, try again in a moment'],
  ['TIMED_OUT', 'timed out'],
])

/** What to tell a person when a call through the pipeline failed. */
const inWords = (error: unknown): string => WORDS.get((error as { code?: unknown }).code) ?? 'something went wrong'
// #endregion

// #region day
const runtime = new VirtualRuntime()
const ask = (answer: () => string | Promise<string>): Promise<string> =>
  runtime.run(partner.on(runtime).run(answer).catch(inWords))
const hang = () => new Promise<string>(() => {})

print(`it works: ${await ask(() => 'in stock')}`)
print(`it hangs: ${await ask(hang)}`)
print(`it goes on hanging: ${await ask(hang)}`)
print(`it works again, but that is not known yet: ${await ask(() => 'in stock')}`)
await runtime.advance('30s')
print(`half a minute later: ${await ask(() => 'in stock')}`)
// #endregion
