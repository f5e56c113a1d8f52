import { setTimeout as sleep } from 'node:timers/promises'
import { isWatertightError, pipeline, timeout } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region fixed
const search = pipeline('search', timeout('100ms'))

search.events.on('timeout.fired', ({ afterMs }) => print(`gave up after ${afterMs} ms`))

/** Stands for your call. Pass `signal` on, and what nobody waits for any more stops. */
const find = (ms: number) => search.run(({ signal }) => sleep(ms, 'found', { signal }))

print(await find(1))
await find(10_000).catch((error: unknown) => print(`too slow: ${isWatertightError(error, 'TIMED_OUT')}`))
// #endregion

// #region growing
const growing = pipeline(
  'growing',
  timeout({ after: ({ attempt }) => attempt * 5_000, mode: 'cooperative' }), // 5 s, then 10 s, then 15 s
)
print(await growing.run(() => 'in time'))
// #endregion
