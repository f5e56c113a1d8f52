import { adaptiveTimeout, pipeline } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region adaptive
const payments = pipeline(
  'payments',
  adaptiveTimeout({ steps: [{ under: '1s', after: '2s' }, { under: '3s', after: '5s' }, { after: '10s' }] }),
)
// #endregion

// #region follows
const runtime = new VirtualRuntime()
const live = payments.on(runtime)
const limit = () => `${(live.state().policies['adaptiveTimeout'] as { limitMs: number }).limitMs} ms`
const hundredCallsOf = async (ms: number) => {
  const call = () => new Promise<void>((resolve) => void runtime.timer(ms, resolve, true))
  await runtime.run(Promise.all(Array.from({ length: 100 }, () => live.outcome(call))))
}

print(`knowing nothing: ${limit()}`)
await hundredCallsOf(400)
print(`calls take 0.4 s: ${limit()}`)
await hundredCallsOf(2_500)
print(`calls take 2.5 s: ${limit()}`)
// #endregion
