import { setTimeout } from 'node:timers/promises'
import { connectTo } from '../test-server.fixture.ts'
import { FOREIGN_TABLE, SCHEMA, SHARED_STREAMS } from './scene.ts'

const LONGEST_MS = 4_000
const LONGEST_LOCK_MS = 400
const RECONNECT_MS = 50

type Random = () => number

/** What others do in the same database, in transactions that last: write, look, and lock a stream. */
const WORK: readonly ((random: Random) => { readonly texts: readonly string[]; readonly ms: number })[] = [
  (random) => ({ texts: ['BEGIN', `INSERT INTO ${FOREIGN_TABLE} VALUES (1)`], ms: random() * LONGEST_MS }),
  (random) => ({
    texts: ['BEGIN ISOLATION LEVEL REPEATABLE READ', `SELECT count(*) FROM ${FOREIGN_TABLE}`],
    ms: random() * LONGEST_MS,
  }),
  (random) => ({
    texts: [
      'BEGIN',
      `SELECT FROM ${SCHEMA}.streams WHERE id = 'shared-${Math.floor(random() * SHARED_STREAMS)}' FOR UPDATE`,
    ],
    ms: random() * LONGEST_LOCK_MS,
  }),
]

/** Goes on until `signal` aborts, on a connection for each kind of work, whatever becomes of the server. */
export async function foreignWork(url: string, random: Random, signal: AbortSignal): Promise<void> {
  await Promise.all(
    WORK.map(async (work) => {
      while (!signal.aborted) {
        try {
          const client = await connectTo(url)
          try {
            const { texts, ms } = work(random)
            for (const text of texts) await client.query(text)
            await setTimeout(ms, undefined, { signal })
            await client.query(random() < 0.5 ? 'COMMIT' : 'ROLLBACK')
          } finally {
            await client.end()
          }
        } catch {
          // The server was killed, or the run is over.
          await setTimeout(RECONNECT_MS)
        }
      }
    }),
  )
}
