import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresStore } from '@watertight/postgres'
import { systemRuntime } from 'watertight'
import { sqliteStore } from 'watertight/sqlite'
import { type NewEvent, streamId } from 'watertight/store'

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const folder = await mkdtemp(join(tmpdir(), 'stores-'))
const url = process.env['STORES_EXAMPLE_URL']

// #region open
const store =
  url === undefined
    ? await sqliteStore({ file: join(folder, 'orders.db') }) // one machine
    : await postgresStore({ url, schema: 'orders' }) // many
// #endregion

// #region commit
function event(type: string, data: unknown): NewEvent {
  const id = systemRuntime.id()
  return { id, type, schema: 1, data, meta: { correlation: id, causation: id } }
}

const order = streamId('order', '536365')
const place = {
  appends: [
    { stream: order, expected: 'absent', appendId: 'place', events: [event('order.placed', { pence: 2_550 })] },
  ],
  rows: [{ table: 'open-orders', key: order.id, value: { pence: 2_550 }, ifVersion: 0 }],
  timers: { set: [{ key: `remind-${order.id}`, inMs: 86_400_000, stream: order }] },
} as const

const placed = await store.commit(place)
print(`placed: ${placed.ok}`)
// #endregion

// #region again
const again = await store.commit(place) // the answer was lost, say
print(`again: ${again.ok && again.repeated}`)

const other = { ...place.appends[0], appendId: 'another', events: [event('order.placed', { pence: 1 })] }
const refused = await store.commit({ appends: [other] })
if (!refused.ok) print(`another: ${refused.code}, it is at version ${refused.actual}`)
// #endregion

// #region follow
let after = await store.checkpoint('mail')
const { events, settled } = await store.readLog({ after, categories: ['order'] })
for (const { type, stream } of events) print(`${type} ${stream.id}`)
await store.commit({ checkpoint: { name: 'mail', from: after, to: settled } }) // with what was done about them
after = settled
// #endregion

// #region retention
await store.commit({ retention: [{ stream: order, truncate: 1, close: true }] })
const { version, truncated, closed } = await store.readStream(order)
print(`version ${version}, deleted up to ${truncated}, closed: ${closed}`)
// #endregion

await store.close()
await rm(folder, { recursive: true })
