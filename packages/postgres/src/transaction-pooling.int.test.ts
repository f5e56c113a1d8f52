import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { streamId, type Store } from 'watertight/store'
import { postgresStore } from './postgres-store.ts'
import { ShufflingProxy } from './shuffling-proxy.fixture.ts'
import { connectTo, freshSchema, testServer } from './test-server.fixture.ts'

const server = await testServer()
const schema = freshSchema()

let appended = 0

async function append(store: Store, id: string): Promise<void> {
  const n = `${++appended}`
  const committed = await store.commit({
    appends: [
      {
        stream: streamId('order', id),
        expected: 'any',
        appendId: n,
        events: [{ id: n, type: 'order.placed', schema: 1, data: n, meta: { correlation: n, causation: n } }],
      },
    ],
  })
  expect(committed).toMatchObject({ ok: true, repeated: false })
}

describe.skipIf(server.isMissing)('a store behind a proxy that pools transactions', () => {
  let proxy: Awaited<ReturnType<typeof ShufflingProxy.before>>
  const opened: Store[] = []

  async function open(): Promise<Store> {
    const store = await postgresStore({ url: proxy.url, schema, transactionPooling: true })
    opened.push(store)
    return store
  }

  beforeAll(async () => {
    proxy = await ShufflingProxy.before(server.url)
  })
  afterAll(async () => {
    for (const store of opened) await store.close()
    await proxy.close()
    const admin = await connectTo(server.url)
    await admin.query(`DROP SCHEMA ${schema} CASCADE`)
    await admin.end()
    await server.stop()
  })

  it('is tried by one that forgets what a session was told', async () => {
    const clients = [new Client(proxy.url), new Client(proxy.url)]
    for (const client of clients) await client.connect()
    const [one, two] = clients
    const named = { name: 'own', text: 'SELECT 1' }
    await one?.query(named)
    for (const _ of [1, 2]) await two?.query('SELECT 1')
    await expect(one?.query(named)).rejects.toThrow(/prepared statement/)
    for (const client of clients) await client.end()
  })

  it('commits, reads, and has leases as without it', async () => {
    const [one, two] = [await open(), await open()]
    await Promise.all(Array.from({ length: 60 }, (_, n) => append(n % 2 === 0 ? one : two, `o-${n % 7}`)))
    const { events } = await one.readLog({ after: 0 })
    expect(new Set(events.map(({ data }) => data)).size).toBe(60)
    expect((await two.readStream(streamId('order', 'o-1'))).version).toBe(9)
    const fence = await one.acquire('worker', 60_000)
    expect(await two.acquire('worker', 60_000)).toBeUndefined()
    expect(fence && (await one.renew(fence, 60_000))).toBe(true)
    expect(await two.commit({ rows: [{ table: 't', key: 'k', value: 1, ifVersion: 0 }] })).toMatchObject({ ok: true })
    expect(await one.row('t', 'k')).toEqual({ value: 1, version: 1 })
  })

  it('finds what other processes commit by polling', async () => {
    const [one, two] = [await open(), await open()]
    const { settled } = await one.readLog({ after: 1_000_000 })
    const waiting = one.changed(settled, new AbortController().signal)
    await append(two, 'polled')
    await waiting
    expect((await one.readLog({ after: settled })).events).toHaveLength(1)
  })

  it('keeps its locks within a transaction: none is left in the session of another', async () => {
    const admin = await connectTo(server.url)
    const { rows } = await admin.query("SELECT * FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()")
    expect(rows).toEqual([])
    await admin.end()
  })
})
