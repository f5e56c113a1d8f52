import { pipeline, rateLimiter } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region limit
const provider = pipeline('provider', rateLimiter({ limit: 10, per: '1s', burst: 2 }))

for (const call of [1, 2, 3]) {
  const outcome = await provider.outcome(() => 'sent')
  print(`${call}: ${outcome.kind === 'refused' ? outcome.code : outcome.kind}`)
}
// #endregion

// #region wait
const patient = pipeline('patient', rateLimiter({ limit: 10, per: '1s', burst: 1, maxWait: '250ms', queue: 100 }))

const runtime = new VirtualRuntime()
const at = (call: number) => patient.on(runtime).outcome(() => `${call} at ${runtime.now()} ms`)
const outcomes = Promise.all([1, 2, 3, 4].map(at))
await runtime.advance('1s')
for (const outcome of await outcomes)
  print(
    outcome.kind === 'success'
      ? outcome.value
      : `refused: again in ${'retryAfterMs' in outcome ? outcome.retryAfterMs : '?'} ms`,
  )
// #endregion

// #region keys
const customers = pipeline('customers', rateLimiter({ limit: 2, per: '1m', algorithm: 'sliding-log', by: 'key' }))

for (const key of ['ann', 'ann', 'ann', 'bob']) print(`${key} ${(await customers.outcome(() => 'ok', { key })).kind}`)
// #endregion
