import { Client } from '@opensearch-project/opensearch'
import { openSearchReadModel } from '@watertight/opensearch'
import { redisClient, redisLink, redisReadModel } from '@watertight/redis'
import { projection, readRow, runProjection } from 'watertight/event-store'
import { memoryStore } from 'watertight/store'

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const nowhere = 'http://127.0.0.1:1' // nobody is there

const store = memoryStore()
const summary = projection<{ pence: number }>('order-summary', { version: 1 }).on<{ pence: number }>(
  'order.paid',
  (row = { pence: 0 }, { pence }) => ({ pence: row.pence + pence }),
)

// #region opensearch
const client = new Client({ node: nowhere })
const index = openSearchReadModel(client, {
  prefix: 'shop-',
  mapping: () => ({ properties: { pence: { type: 'long' } } }),
})
const indexing = runProjection(summary, { store, target: index })

print(index.searchable(summary.table())) // what to search: client.search({ index: …, body: { query } })
// #endregion

// #region redis
const redis = redisClient({ url: 'redis://127.0.0.1:1', runtime: { report: () => {}, random: () => 0 } })
const target = redisReadModel(redisLink(redis, { maxWait: '1s' }))

await readRow(summary, store, 'o-1', { target }).catch((error: unknown) => print(String(error)))
// #endregion

await indexing.close()
await client.close()
redis.destroy()
await store.close()
