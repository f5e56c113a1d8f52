import { join } from 'node:path'
import { sqliteStore } from 'watertight/sqlite'
import type { Figure } from '../suite.ts'
import { inFolder } from './in-folder.ts'
import { appendOf, orderAppends } from './order-events.ts'
import { openRawSqlite } from './raw-sqlite.ts'
import { alternate, perSecond } from './rounds.ts'

const ROUNDS = 7
const SECONDS = 1.2
/** As many as the store puts into one transaction. */
const BATCH = 256

/** Our SQLite store beside prepared inserts into the same tables and indexes, of the same JSON, in the same transactions. */
export async function sqliteFigures(progress: (what: string) => void): Promise<readonly Figure[]> {
  return [...(await appends('batched', BATCH, 0.4, progress)), ...(await appends('single', 1, 0.6, progress))]
}

async function appends(
  name: string,
  atATime: number,
  atLeast: number,
  progress: (what: string) => void,
): Promise<readonly Figure[]> {
  return await inFolder(async (folder) => {
    const [own, other] = [join(folder, 'own.db'), join(folder, 'raw.db')]
    const store = await sqliteStore({ file: own })
    await (await sqliteStore({ file: other })).close()
    const raw = openRawSqlite(other)
    const workers = (round: number) =>
      Array.from({ length: atATime }, (_, worker) => orderAppends(`${round}-${worker}`))
    try {
      const [ours, theirs] = await alternate(
        [
          {
            name: `watertight, ${atATime} at a time`,
            async run(round) {
              const work = workers(round)
              return await perSecond(SECONDS, atATime, async (worker) => {
                const next = work[worker]?.next()
                if (!next) return
                const committed = await store.commit({ appends: [appendOf(next.value)] })
                if (!committed.ok || committed.repeated) throw new Error(JSON.stringify(committed))
              })
            },
          },
          {
            name: `raw inserts, ${atATime} a transaction`,
            async run(round) {
              const work = workers(round)
              const transactions = await perSecond(SECONDS, 1, async () =>
                raw.insert(work.map((orders) => orders.next().value)),
              )
              return transactions * atATime
            },
          },
        ],
        ROUNDS,
        progress,
      )
      return [
        { name: `sqlite_${name}_vs_raw`, value: ours / theirs, unit: 'ratio', goal: { atLeast } },
        { name: `sqlite_${name}`, value: ours, unit: '1/s' },
        { name: `sqlite_${name}_raw`, value: theirs, unit: '1/s' },
      ]
    } finally {
      await store.close()
      raw.close()
    }
  })
}
