import { env } from 'node:process'
import { afterAll, describe, expect, it } from 'vitest'
import { keyedRandom } from 'watertight'
import { streamId, type Store, type StoredEvent } from 'watertight/store'
import { postgresStore } from '../postgres-store.ts'
import { connectTo, freshSchema, ownServer } from '../test-server.fixture.ts'
import {
  holdThings,
  kill,
  pause,
  restart,
  startWriters,
  terminateBackends,
  untilQuiet,
  type WriterProcess,
} from './disturbance.fixture.ts'
import { SHARED_STREAMS, SLOW_TYPE } from './history-shape.fixture.ts'
import { follow, followFromCheckpoint, type Seen, type SubscriberOptions } from './subscriber.fixture.ts'

/**
 * How long the history lasts: with `HISTORY_SECONDS=3600` an hour. `HISTORY_SEED` chooses what is disturbed when.
 */
const SECONDS = Number(env['HISTORY_SECONDS'] ?? 4)
const SEED = env['HISTORY_SEED'] ?? '1'
const PROCESSES = 4
const SUBSCRIBERS = 20
const STORES = 4

const server = await ownServer()

/** The whole log, read when nothing is written any more. */
async function wholeLog(store: Store): Promise<readonly StoredEvent[]> {
  const log: StoredEvent[] = []
  for (let after = 0; ; ) {
    const { events, settled } = await store.readLog({ after })
    log.push(...events)
    if (settled === after) return log
    after = settled
  }
}

/** Makes some transactions slow, after their positions are drawn. */
async function slowDown(url: string, schema: string): Promise<void> {
  const admin = await connectTo(url)
  await admin.query(`
    CREATE FUNCTION ${schema}.slow_down() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(random() * 0.05); RETURN new; END $$;
    CREATE TRIGGER slow_down BEFORE INSERT ON ${schema}.events FOR EACH ROW WHEN (new.type = '${SLOW_TYPE}')
      EXECUTE FUNCTION ${schema}.slow_down()`)
  await admin.end()
}

describe.skipIf(server.isMissing)('writers and readers of a PostgreSQL store', () => {
  afterAll(() => server.stop())

  it(
    'lose nothing that was said to be done, and skip nothing, while writers, backends and the server are killed',
    async () => {
      const { url } = server
      const schema = freshSchema()
      const random = keyedRandom(SEED)
      let drawn = 0
      const chance = (): number => random('history', drawn++)
      const stores = await Promise.all(
        Array.from({ length: STORES }, () => postgresStore({ url, schema, limit: '20s', pollInterval: '50ms' })),
      )
      await slowDown(url, schema)
      let isDone = false
      const ending = new AbortController()
      const subscribing = Array.from({ length: SUBSCRIBERS }, (_, i): Promise<Seen> => {
        const options: SubscriberOptions = {
          store: stores[i % STORES] as Store,
          name: `subscriber-${i}`,
          filter: i % 3 === 0 ? { categories: ['shared'] } : {},
          chance,
          isDone: () => isDone,
          signal: ending.signal,
        }
        return i < SUBSCRIBERS / 2 ? follow(options) : followFromCheckpoint(options)
      })
      const holding = holdThings(url, schema, () => isDone, chance)
      const everyWriter: WriterProcess[] = []
      const start = (): WriterProcess => {
        const process = startWriters(url, schema, `${SEED}-${everyWriter.length}`)
        everyWriter.push(process)
        return process
      }
      const running = Array.from({ length: PROCESSES }, start)
      const disturbances: readonly (() => Promise<void>)[] = [
        () => terminateBackends(url),
        async () => {
          const which = Math.floor(chance() * PROCESSES)
          await kill(running[which] as WriterProcess)
          running[which] = start()
        },
        () => restart(server),
      ]
      const until = performance.now() + SECONDS * 1_000
      for (let n = 0; performance.now() < until || n < disturbances.length; n++) {
        const before = everyWriter.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
        await pause(200 + 800 * chance())
        while (everyWriter.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0) < before + 50) {
          await pause(10)
          // A writer ends only because it is killed.
          expect(running.map(({ child }) => child.exitCode)).toEqual(running.map(() => null))
        }
        await disturbances[n % disturbances.length]?.()
      }
      for (const process of running) await kill(process)
      await untilQuiet(url)
      isDone = true
      ending.abort()
      await holding
      const seen = await Promise.all(subscribing)

      const log = await wholeLog(stores[0] as Store)
      const written = new Map<string, number>()
      for (const { meta } of log) written.set(meta.correlation, (written.get(meta.correlation) ?? 0) + 1)
      const acknowledged = everyWriter.flatMap((process) => process.acknowledged)
      expect(acknowledged.filter(([id, events]) => written.get(id) !== events)).toEqual([])
      // Whole appends of two or four events, whoever heard of them.
      expect([...written].filter(([, events]) => events !== 2 && events !== 4)).toEqual([])
      const positions = log.map(({ position }) => position)
      expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b))
      for (let shared = 0; shared < SHARED_STREAMS; shared++) {
        const own = log.filter(({ stream }) => stream.category === 'shared' && stream.id === `${shared}`)
        expect(own.map(({ version }) => version)).toEqual(own.map((_, i) => i + 1))
      }
      for (const { name, filter, positions: own } of seen) {
        const expected = log.filter(({ stream }) => filter.categories?.includes(stream.category) ?? true)
        expect({ name, own }).toEqual({ name, own: expected.map(({ position }) => position) })
      }
      expect(log.length).toBeGreaterThan(200)
      for (const store of stores) await store.close()
    },
    (SECONDS + 120) * 1_000,
  )

  it('do not skip a position that was drawn, given up, and drawn again after a crash', async () => {
    const { url } = server
    const schema = freshSchema()
    const append = (store: Store, n: number): Promise<unknown> =>
      store.commit({
        appends: [
          {
            stream: streamId('order', `${n}`),
            expected: 'absent',
            appendId: `${n}`,
            events: [{ id: `${n}`, type: 't', schema: 1, data: n, meta: { correlation: 'c', causation: 'c' } }],
          },
        ],
      })
    const store = await postgresStore({ url, schema, limit: '20s' })
    await append(store, 1)
    let after = (await store.readLog({ after: 0 })).settled
    const admin = await connectTo(url)
    // More than the server logs ahead.
    await admin.query(`BEGIN; SELECT nextval('${schema}.positions') FROM generate_series(1, 500); ROLLBACK`)
    after = (await store.readLog({ after })).settled
    await server.kill()
    await server.resume()
    await append(store, 2)
    const { events } = await store.readLog({ after })
    expect(events.map(({ data }) => data)).toEqual([2])
    await store.close()
  })

  it('wait a bounded time for a server that stands still', async () => {
    const { url } = server
    const store = await postgresStore({ url, schema: freshSchema(), limit: '200ms', pollInterval: '1h' })
    const fence = { lease: 'worker', epoch: 1 }
    await store.acquire('worker', 60_000)
    const admin = await connectTo(url)
    const { rows } = await admin.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await admin.end()
    const still = [...rows.map(({ pid }) => pid), server.pid()]
    for (const pid of still) process.kill(pid, 'SIGSTOP')
    try {
      const calls = [
        store.readLog({ after: 0 }),
        store.row('t', 'k'),
        store.renew(fence, 60_000),
        store.commit({ rows: [{ table: 't', key: 'k', value: 1 }] }),
      ]
      for (const end of await Promise.allSettled(calls)) {
        expect(end).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE', retryable: true } })
      }
    } finally {
      for (const pid of still) process.kill(pid, 'SIGCONT')
    }
    expect(await store.renew(fence, 60_000)).toBe(true)
    await store.close()
  })
})
