import { pipeline, throttling } from 'watertight'
import { VirtualRuntime } from 'watertight/testing'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region throttling
const search = pipeline('search', throttling({ k: { low: 1.1, normal: 2, high: 3 } }))
// #endregion

// #region load
/** A backend that can do one call in the time in which ten are wanted, and says 503 to the others. */
const live = search.on(new VirtualRuntime({ seed: 1 }))
let room = 0
let sent = 0
const find = () => {
  sent++
  if (room < 1) throw Object.assign(new Error('too busy'), { status: 503 })
  room--
  return 'found'
}
for (let call = 0; call < 10_000; call++) {
  room = Math.min(20, room + 0.1)
  await live.outcome(find)
}
print(`it could do 1,000 of 10,000 calls, and got about ${Math.round(sent / 1_000)},000`)
// #endregion
