import { pipeline } from 'watertight'
import { redisClient, redisLink, sharedRateLimit } from '@watertight/redis'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

// #region shared
const client = redisClient({ url: 'redis://127.0.0.1:1' }) // nobody is there
const link = redisLink(client)

const search = pipeline('search', sharedRateLimit(link, { limit: 4, per: '1m', by: 'key', processes: 2 }))

for (let call = 1; call <= 3; call++) {
  const { kind } = await search.outcome(() => 'found', { key: 'ann' })
  print(`${call}: ${kind}`) // without Redis this process lets its half through
}
// #endregion

client.destroy()
