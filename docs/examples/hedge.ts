import { setTimeout as sleep } from 'node:timers/promises'
import { hedge, pipeline } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region hedge
const search = pipeline('search', hedge({ after: '20ms', idempotent: true }))

const answer = await search.run(async ({ path, signal }) => {
  if (path > 0) return 'the second try answered'
  signal.addEventListener('abort', () => print('the first try is told to stop'))
  return sleep(10_000, 'the first try answered', { signal })
})
print(answer)
// #endregion

// #region live
const catalogue = pipeline(
  'catalogue',
  hedge({ after: { quantile: 0.95, initial: '200ms' }, hedges: 2, budget: { ratio: 0.05 }, idempotent: true }),
)
print(await catalogue.run(() => 'fast enough'))
// #endregion
