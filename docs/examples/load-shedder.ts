import { loadShedder, pipeline } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region shedder
const service = pipeline('service', loadShedder({ concurrent: 2, target: '20ms', interval: '100ms' }))
// #endregion

// #region overload
/** The service can answer 50 a second; twice as many are asked for, half of them urgent. */
const runtime = new VirtualRuntime({ seed: 1 })
const live = service.on(runtime)
const answered = { high: 0, low: 0 }
let longestMs = 0

for (let call = 0; call < 1_000; call++) {
  const priority = call % 2 === 0 ? 'high' : 'low'
  const askedAt = runtime.now()
  const work = () => new Promise<void>((resolve) => void runtime.timer(40, resolve, true))
  void live.outcome(work, { priority }).then(({ kind }) => {
    if (kind !== 'success') return
    answered[priority]++
    longestMs = Math.max(longestMs, runtime.now() - askedAt)
  })
  await runtime.advance('10ms')
}
await runtime.advance('1s')

print(`urgent ones answered: about ${Math.round(answered.high / 50) * 10} in 100`)
print(`others answered: about ${Math.round(answered.low / 50) * 10} in 100`)
print(`nobody waited for a second: ${longestMs < 1_000}`)
// #endregion
