import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, it } from 'vitest'
import { streamId, type Store, type StoredEvent } from 'watertight/store'
import { postgresStore } from './postgres-store.ts'
import { connectTo, ownServer, freshSchema } from './test-server.fixture.ts'

const FIXTURE = join(import.meta.dirname, 'store-history.crash.fixture.ts')
/** Three events of two streams, and a row. */
const PARTS = 4

interface Writer {
  readonly child: ChildProcess
  readonly acknowledged: string[]
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function startWriter(url: string, schema: string, name: string): Writer {
  const child = spawn(process.execPath, ['--conditions=watertight-source', FIXTURE, url, schema, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  if (child.stdout) createInterface(child.stdout).on('line', (id) => acknowledged.push(id))
  return { child, acknowledged }
}

async function killWriter({ child }: Writer): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

/** Reads all that comes until `isDone`, as a subscription does; what it has read stays where the server is gone. */
async function follow(store: Store, seen: StoredEvent[], isDone: () => boolean): Promise<void> {
  let after = 0
  for (let isLast = false; !isLast; ) {
    isLast = isDone()
    const { events, settled } = await store.readLog({ after, max: 100 })
    seen.push(...events)
    if (settled > after) isLast = false
    after = settled
    if (events.length === 0) await pause(2)
  }
}

async function terminateBackends(url: string): Promise<void> {
  const admin = await connectTo(url)
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watertight'")
  await admin.end()
}

const server = await ownServer()

describe.skipIf(server.isMissing)('writers and readers of a PostgreSQL store', () => {
  afterAll(() => server.stop())

  it('lose nothing that was said to be done, and skip nothing, while writers, backends and the server are killed', async () => {
    const { url } = server
    const schema = freshSchema()
    const store = await postgresStore({ url, schema, limit: '20s' })
    const seen: [StoredEvent[], StoredEvent[]] = [[], []]
    let isDone = false
    const following = seen.map((own) => follow(store, own, () => isDone))
    const acknowledged: string[] = []
    const writers = ['a', 'b'].map((name) => startWriter(url, schema, name))

    for (const [round, disturb] of [
      () => terminateBackends(url),
      () => server.kill().then(() => server.resume()),
      () => terminateBackends(url),
      () => server.kill().then(() => server.resume()),
    ].entries()) {
      const enough = (): boolean => writers.every((writer) => writer.acknowledged.length >= 20)
      while (!enough()) await pause(5)
      const [oldest] = writers.splice(round % 2, 1)
      if (!oldest) throw new Error('there is no writer')
      await killWriter(oldest)
      acknowledged.push(...oldest.acknowledged)
      await disturb()
      writers.push(startWriter(url, schema, `${round}`))
    }
    for (const writer of writers) {
      await killWriter(writer)
      acknowledged.push(...writer.acknowledged)
    }
    isDone = true
    await Promise.all(following)

    const log: StoredEvent[] = []
    await follow(store, log, () => true)
    const rows = await store.scanRows('written', { max: 100_000 })
    const parts = new Map<string, number>()
    for (const id of [...log.map(({ meta }) => meta.correlation), ...rows.map(({ key }) => key)]) {
      parts.set(id, (parts.get(id) ?? 0) + 1)
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(120)
    expect(acknowledged.filter((id) => parts.get(id) !== PARTS)).toEqual([])
    expect([...parts].filter(([, count]) => count !== PARTS)).toEqual([])
    const positions = log.map(({ position }) => position)
    expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => a - b))
    for (let shared = 0; shared < 5; shared++) {
      const own = log.filter(({ stream }) => stream.category === 'shared' && stream.id === `${shared}`)
      expect(own.map(({ version }) => version)).toEqual(own.map((_, i) => i + 1))
    }
    for (const own of seen) expect(own.map(({ position }) => position)).toEqual(positions)
    await store.close()
  })

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
