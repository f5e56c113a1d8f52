import { postgresStore } from '@watertight/postgres'
import { type Store, streamId } from 'watertight/store'
import type { Figure } from '../suite.ts'
import { type Emmett, openEmmett } from './emmett.ts'
import { appendOf, event, orderAppends } from './order-events.ts'
import { withPostgres } from './own-postgres.ts'
import { alternate, perSecond, type Side } from './rounds.ts'

const ROUNDS = 7
const SECONDS = 1.5

/** By trial with 4, 8, 10, 16, 32 and 64 on two cores: none is reliably faster, and fewer than 8 are slower. */
const EMMETT_CONNECTIONS = 16

const READ_STREAMS = 200
const READ_EVENTS = 100
const READ_AT_A_TIME = 8

/** Our PostgreSQL store beside Emmett's: the same server, the same moments, the same data. */
export async function postgresFigures(progress: (what: string) => void): Promise<readonly Figure[]> {
  progress('starting a PostgreSQL of its own')
  return await withPostgres(async (url) => {
    const ours = await postgresStore({ url })
    const emmett = await openEmmett(url, EMMETT_CONNECTIONS)
    try {
      return [
        ...(await appends(ours, emmett, 32, 6, progress)),
        ...(await appends(ours, emmett, 256, 8, progress)),
        ...(await reads(ours, emmett, progress)),
      ]
    } finally {
      await ours.close()
      await emmett.close()
    }
  })
}

async function appends(
  store: Store,
  emmett: Emmett,
  atATime: number,
  atLeast: number,
  progress: (what: string) => void,
): Promise<readonly Figure[]> {
  const side = (name: string, append: (order: Parameters<Emmett['append']>[0]) => Promise<void>): Side => ({
    name: `${name}, ${atATime} appends at a time`,
    async run(round) {
      const work = Array.from({ length: atATime }, (_, worker) => orderAppends(`${atATime}-${round}-${worker}`))
      return await perSecond(SECONDS, atATime, async (worker) => {
        const next = work[worker]?.next()
        if (next) await append(next.value)
      })
    },
  })
  const [ours, theirs] = await alternate(
    [
      side('watertight', async (order) => {
        const committed = await store.commit({ appends: [appendOf(order)] })
        if (!committed.ok || committed.repeated) throw new Error(JSON.stringify(committed))
      }),
      side('emmett', (order) => emmett.append(order)),
    ],
    ROUNDS,
    progress,
  )
  return [
    { name: `pg_append${atATime}_vs_emmett`, value: ours / theirs, unit: 'ratio', goal: { atLeast } },
    { name: `pg_append${atATime}`, value: ours, unit: '1/s' },
    { name: `pg_append${atATime}_emmett`, value: theirs, unit: '1/s' },
  ]
}

async function reads(store: Store, emmett: Emmett, progress: (what: string) => void): Promise<readonly Figure[]> {
  progress(`writing ${READ_STREAMS} streams of ${READ_EVENTS} events`)
  const orders = Array.from({ length: READ_STREAMS }, (_, n) => `long-${n}`)
  for (const order of orders) {
    const events = Array.from({ length: READ_EVENTS / 2 }, (_, n) => [event(order, 2 * n + 1), event(order, 2 * n + 2)])
    await store.commit({
      appends: [{ stream: streamId('order', order), expected: 'absent', appendId: order, events: events.flat() }],
    })
    for (const [first, second] of events) {
      if (first && second) await emmett.append({ order, events: [first, second], version: 0 })
    }
  }
  const side = (name: string, read: (order: string) => Promise<number>): Side => ({
    name: `${name}, streams of ${READ_EVENTS} events`,
    async run() {
      let next = 0
      return await perSecond(SECONDS, READ_AT_A_TIME, async () => {
        const length = await read(orders[next++ % orders.length] ?? '')
        if (length !== READ_EVENTS) throw new Error(`a stream of ${length} events`)
      })
    },
  })
  const [ours, theirs] = await alternate(
    [
      side('watertight', async (order) => (await store.readStream(streamId('order', order))).events.length),
      side('emmett', (order) => emmett.read(order)),
    ],
    ROUNDS,
    progress,
  )
  return [
    { name: 'read_stream_vs_emmett', value: ours / theirs, unit: 'ratio', goal: { atLeast: 3 } },
    { name: 'read_stream', value: ours, unit: '1/s' },
    { name: 'read_stream_emmett', value: theirs, unit: '1/s' },
  ]
}
