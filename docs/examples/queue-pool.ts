import { pipeline, queuePool } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region pool
const payments = pipeline('payments', queuePool({ core: 1, max: 2, queue: 2, whenFull: 'callerRuns' }))

payments.events.on('bulkhead.saturated', ({ active, waiting }) => print(`saturated: ${active} run, ${waiting} wait`))

const work = Promise.withResolvers<void>()
const calls = [1, 2, 3, 4, 5, 6].map((call) => payments.outcome(() => work.promise.then(() => call), { key: 'ann' }))
work.resolve()
for (const outcome of await Promise.all(calls)) print(outcome.kind)
// #endregion
