import { cache, circuitBreaker, pipeline } from 'watertight'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region cache
const users = pipeline(
  'users',
  cache({
    key: (id: string) => id,
    ttl: '10m',
    staleWhileRevalidate: '1h',
    staleIfError: '1d',
    tags: (_user, id: string) => [`team-of-${id}`],
  }),
  circuitBreaker({ failures: 5 }), // inside: what the cache knows is given while the circuit is open
)

let loads = 0
const load = users.wrap(async (id: string) => `${id}, loaded ${++loads} times`)

const [first, second] = await Promise.all([load('ann'), load('ann')]) // one load for both
print(first === second ? 'one load' : 'two loads')
print(await load('ann'))

await users.invalidate({ key: 'ann' }) // after the database was written
print(await load('ann'))
// #endregion
