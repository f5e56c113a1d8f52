import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { subscribe } from 'watertight/event-store'
import { sqliteStore } from 'watertight/sqlite'
import { slotOf, streamId } from 'watertight/store'
import type { Figure } from '../suite.ts'
import { inFolder } from './in-folder.ts'

const EVENTS = 10_000_000
const EVENTS_OF_STREAM = 100
const EVENTS_OF_APPEND = 10
const EVERY = 1_000_000
const BATCH = 1_024
const BYTES_PER_MB = 1_000_000
const MS_PER_S = 1_000

/** What a subscription keeps in memory while it replays a long log: nothing that grows. */
export async function replayFigures(progress: (what: string) => void): Promise<readonly Figure[]> {
  return await inFolder(async (folder) => {
    const file = join(folder, 'long.db')
    await (await sqliteStore({ file })).close()
    progress(`inserting ${EVENTS} events`)
    insertEvents(file)
    return await replay(file, progress)
  })
}

/** By one statement: as commits it would take far longer than what is measured. */
function insertEvents(file: string): void {
  const database = new DatabaseSync(file)
  database.function('slot_of', { deterministic: true }, (id) => slotOf(streamId('order', String(id))))
  database.exec(`
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    INSERT INTO streams (stream, tenant, category, id, slot)
      WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < ${EVENTS / EVENTS_OF_STREAM})
      SELECT n, 'default', 'order', n, slot_of(n) FROM n;
    INSERT INTO events (stream, version, id, type, schema, data, meta, at, append_id, append_size)
      WITH RECURSIVE n(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM n WHERE n < ${EVENTS - 1})
      SELECT n / ${EVENTS_OF_STREAM} + 1, n % ${EVENTS_OF_STREAM} + 1, 'event-' || n, 'order.lineAdded', 1,
        '{"line":' || n || ',"quantity":6,"unitPrice":255}', '{"correlation":"' || n || '","causation":"' || n || '"}', 0,
        CASE WHEN n % ${EVENTS_OF_APPEND} = 0 THEN 'append-' || n END,
        CASE WHEN n % ${EVENTS_OF_APPEND} = 0 THEN ${EVENTS_OF_APPEND} END
      FROM n;
    PRAGMA journal_mode = WAL`)
  database.close()
}

async function replay(file: string, progress: (what: string) => void): Promise<readonly Figure[]> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const store = await sqliteStore({ file })
  const begin = performance.now()
  const heaps: number[] = []
  let seen = 0
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const subscription = subscribe({
    store,
    name: 'replay',
    batch: BATCH,
    handle(events) {
      for (const { position } of events) {
        if (position !== seen + 1) reject(new Error(`position ${position} came after ${seen}`))
        seen = position
        if (seen % EVERY !== 0) continue
        collect()
        heaps.push(process.memoryUsage().heapUsed / BYTES_PER_MB)
        const seconds = (performance.now() - begin) / MS_PER_S
        progress(
          `${seen / EVERY} million events replayed in ${seconds.toFixed(0)} s, heap ${heaps.at(-1)?.toFixed(1)} MB`,
        )
      }
      if (seen === EVENTS) resolve()
    },
  })
  try {
    await promise
  } finally {
    await subscription.close()
    await store.close()
  }
  const [first = Number.NaN, ...rest] = heaps
  return [
    // The highest, not the last: what grows and is let go again would be memory too.
    { name: 'replay_heap_growth_mb', value: Math.max(...rest) - first, unit: 'MB', goal: { atMost: 50 } },
    { name: 'replay_events', value: (EVENTS / (performance.now() - begin)) * MS_PER_S, unit: '1/s' },
  ]
}
