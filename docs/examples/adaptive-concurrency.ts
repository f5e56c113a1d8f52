import { adaptiveConcurrency, pipeline } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region limit
const search = pipeline('search', adaptiveConcurrency({ algorithm: 'aimd', initial: 20, max: 200, slow: '500ms' }))
// #endregion

// #region follows
const runtime = new VirtualRuntime()
const live = search.on(runtime)
const limit = () => (live.state().policies['adaptiveConcurrency'] as { limit: number }).limit
const rounds = async (count: number, ms: number) => {
  for (let round = 0; round < count; round++) {
    const call = () => new Promise<void>((resolve) => void runtime.timer(ms, resolve, true))
    await runtime.run(Promise.all(Array.from({ length: limit() }, () => live.outcome(call))))
  }
}

await rounds(10, 100)
print(`fast: the limit has grown: ${limit() > 20}`)
await rounds(10, 800)
print(`slow: it has shrunk: ${limit() < 20}`)
// #endregion
