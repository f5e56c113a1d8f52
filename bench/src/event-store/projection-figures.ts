import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { projection, runProjection } from 'watertight/event-store'
import { sqliteStore } from 'watertight/sqlite'
import { type Store, streamId } from 'watertight/store'
import type { Figure } from '../suite.ts'
import { inFolder } from './in-folder.ts'
import { event } from './order-events.ts'
import { alternate } from './rounds.ts'

const EVENTS = 200_000
const EVENTS_OF_ORDER = 10
/** Orders that are written to at the same time: their events lie among each other. */
const OPEN_ORDERS = 100
const ROUNDS = 5
/** Of both sides: a large history is folded in large commits. */
const PAGE = 4_096
const MS_PER_S = 1_000

interface OrderTotal {
  readonly lines: number
  readonly pence: number
}

interface Line {
  readonly quantity: number
  readonly unitPrice: number
}

/** Folding events into rows, beside only reading them and parsing their JSON. */
export async function projectionFigures(progress: (what: string) => void): Promise<readonly Figure[]> {
  return await inFolder(async (folder) => {
    const file = join(folder, 'orders.db')
    const store = await sqliteStore({ file })
    try {
      progress(`writing ${EVENTS} events`)
      await write(store)
      const [ours, theirs] = await alternate(
        [
          { name: 'runProjection', run: (round) => rebuild(store, round + 1) },
          { name: 'reading and parsing', run: async () => readAndParse(file) },
        ],
        ROUNDS,
        progress,
      )
      return [
        { name: 'projection_vs_raw_read', value: ours / theirs, unit: 'ratio', goal: { atLeast: 0.5 } },
        { name: 'projection_events', value: ours, unit: '1/s' },
        { name: 'raw_read_events', value: theirs, unit: '1/s' },
      ]
    } finally {
      await store.close()
    }
  })
}

async function write(store: Store): Promise<void> {
  for (let first = 0; first < EVENTS / EVENTS_OF_ORDER; first += OPEN_ORDERS) {
    for (let n = 1; n <= EVENTS_OF_ORDER; n++) {
      const orders = Array.from({ length: OPEN_ORDERS }, (_, i) => `${first + i}`)
      await Promise.all(
        orders.map(async (order) => {
          const stream = streamId('order', order)
          await store.commit({ appends: [{ stream, expected: n - 1, appendId: `${n}`, events: [event(order, n)] }] })
        }),
      )
    }
  }
}

/** Events a second, until a new version of the projection has come to the end of the log. */
async function rebuild(store: Store, version: number): Promise<number> {
  const totals = projection<OrderTotal>('order-total', { version }).on<Line>(
    'order.lineAdded',
    (row = { lines: 0, pence: 0 }, { quantity, unitPrice }) => ({
      lines: row.lines + 1,
      pence: row.pence + quantity * unitPrice,
    }),
  )
  const begin = performance.now()
  const { promise, resolve } = Promise.withResolvers<void>()
  const running = runProjection(totals, { store, batch: PAGE })
  running.on('handled', ({ position }) => position === EVENTS && resolve())
  await promise
  const rate = (EVENTS / (performance.now() - begin)) * MS_PER_S
  await running.close()
  await requireTotals(store, totals.table())
  return rate
}

/** A rebuild that is wrong would be fast for nothing. */
async function requireTotals(store: Store, table: string): Promise<void> {
  const row = await store.row(table, '0')
  const expected = JSON.stringify({ lines: EVENTS_OF_ORDER, pence: EVENTS_OF_ORDER * 6 * 255 })
  if (!JSON.stringify(row?.value).includes(expected)) throw new Error(`the row is ${JSON.stringify(row)}`)
}

/** Events a second, of the same pages and the same columns; the event loop goes on between the pages. */
async function readAndParse(file: string): Promise<number> {
  const database = new DatabaseSync(file, { readOnly: true })
  const page =
    database.prepare(`SELECT e.position, e.version, e.id AS event_id, e.type, e.schema, e.data, e.subject, e.meta,
      e.at, s.tenant, s.category, s.id
    FROM events e CROSS JOIN streams s ON s.stream = e.stream WHERE e.position > ? ORDER BY e.position LIMIT ?`)
  const begin = performance.now()
  let pence = 0
  for (let after = 0; after < EVENTS; ) {
    for (const row of page.all(after, PAGE)) {
      const { quantity, unitPrice } = JSON.parse(String(row['data'])) as Line
      JSON.parse(String(row['meta']))
      pence += quantity * unitPrice
      after = Number(row['position'])
    }
    await setImmediate()
  }
  const rate = (EVENTS / (performance.now() - begin)) * MS_PER_S
  database.close()
  if (pence !== EVENTS * 6 * 255) throw new Error(`${pence} pence were read`)
  return rate
}
