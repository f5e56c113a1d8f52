import { exponential, pipeline, retry, retryBudget } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region retry
const budget = retryBudget({ ratio: 0.1, minPerSecond: 1 }) // one retry for ten calls, shared by all who are given it

const prices = pipeline(
  'prices',
  retry({ attempts: 3, backoff: exponential({ base: '10ms', max: '2s', jitter: 'full' }), budget }),
)

prices.events.on('retry.waiting', ({ nextAttempt }) => print(`attempt ${nextAttempt} follows`))
prices.events.on('retry.gaveUp', ({ attempts, reason }) => print(`gave up after ${attempts}: ${reason}`))

const price = await prices.run(({ attempt }) => {
  if (attempt < 3) throw new Error('connection reset')
  return 255
})
print(`${price} pence`)
// #endregion

// #region status
const notFound = Object.assign(new Error('no such article'), { status: 404 })
await prices.run(() => Promise.reject(notFound)).catch(() => print('a 404 is not tried again'))
// #endregion

// #region layers
const outer = pipeline('outer', retry({ attempts: 3, backoff: exponential({ base: '1ms' }) }))
let calls = 0
const down = () => {
  calls++
  throw new Error('down')
}
await outer.run(() => prices.run(down)).catch(() => print(`two retries of three attempts each: ${calls} calls`))
// #endregion
