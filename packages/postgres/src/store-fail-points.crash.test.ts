import { type Client } from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { type Commit, streamId, type Store } from 'watertight/store'
import { LossyRelay } from './lossy-relay.fixture.ts'
import { postgresStore } from './postgres-store.ts'
import { connectTo, freshSchema, ownServer } from './test-server.fixture.ts'

/** The places at which the server is killed, by the write that is about to happen, or has happened. */
const FAIL_POINTS: readonly { readonly point: string; readonly trigger: string }[] = [
  { point: 'a stream is made', trigger: 'BEFORE INSERT ON streams' },
  { point: 'the message is marked in the inbox', trigger: 'AFTER INSERT ON inbox' },
  { point: 'the checkpoint is moved', trigger: 'AFTER UPDATE ON checkpoints' },
  { point: 'the key is taken', trigger: 'AFTER INSERT ON keys' },
  { point: 'the snapshot is written', trigger: 'AFTER INSERT ON read_model' },
  { point: 'the timer is set', trigger: 'AFTER INSERT ON timers' },
  { point: 'the versions are raised', trigger: 'AFTER UPDATE ON streams' },
  { point: 'positions are drawn', trigger: 'BEFORE INSERT ON events' },
  { point: 'the events are there, and only the commit is missing', trigger: 'DEFERRED AFTER INSERT ON events' },
]

const HOLD = 4_711
const SNAPSHOTS = 'snapshot:order'
const OLD = streamId('order', 'old')
const NEW = streamId('order', 'new')

function events(count: number): NonNullable<Commit['appends']>[number]['events'] {
  return Array.from({ length: count }, (_, n) => ({
    id: `${n}`,
    type: 't',
    schema: 1,
    data: n,
    meta: { correlation: 'c', causation: 'c' },
  }))
}

const BEFORE: Commit = {
  appends: [{ stream: OLD, expected: 'absent', appendId: 'before', events: events(1) }],
  checkpoint: { name: 'reader', from: 0, to: 1 },
}

/** Everything a commit may have. */
const COMMIT: Commit = {
  appends: [
    { stream: OLD, expected: 1, appendId: 'commit', events: events(2) },
    { stream: NEW, expected: 'absent', appendId: 'commit', events: events(3) },
  ],
  inbox: { consumer: 'c', generation: 0, id: 'm' },
  checkpoint: { name: 'reader', from: 1, to: 4 },
  keys: { acquire: ['key'], holder: NEW },
  rows: [{ table: SNAPSHOTS, key: 'old', value: { version: 3 }, ifVersion: 0 }],
  timers: { set: [{ key: 'timer', inMs: 0, stream: NEW }] },
}

/** What is there when the commit was made exactly once. */
async function expectOnce(store: Store): Promise<void> {
  const log = (await store.readLog({ after: 0 })).events
  expect(log.map(({ stream, version }) => `${stream.id} ${version}`)).toEqual([
    'old 1',
    'old 2',
    'old 3',
    'new 1',
    'new 2',
    'new 3',
  ])
  expect(await store.row(SNAPSHOTS, 'old')).toEqual({ value: { version: 3 }, version: 1 })
  expect(await store.checkpoint('reader')).toBe(4)
  expect((await store.due()).map(({ key }) => key)).toEqual(['timer'])
  expect(await store.commit({ inbox: { consumer: 'c', generation: 0, id: 'm' } })).toMatchObject({ code: 'SEEN' })
  expect(await store.commit({ keys: { acquire: ['key'], holder: OLD } })).toMatchObject({ code: 'KEY_HELD' })
  expect(await store.commit(COMMIT)).toMatchObject({ ok: true, repeated: true, versions: [3, 3] })
}

const server = await ownServer()

describe.skipIf(server.isMissing)('a commit to PostgreSQL', () => {
  afterAll(() => server.stop())

  /** Waits until a backend waits for the held lock, and gives its process. */
  async function heldBackend(observer: Client): Promise<number> {
    for (;;) {
      const { rows } = await observer.query<{ pid: number }>(
        `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = ${HOLD} AND NOT granted`,
      )
      if (rows[0]) return rows[0].pid
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  it.each(FAIL_POINTS)('is made once when the server is killed after $point', async ({ trigger }) => {
    const schema = freshSchema()
    const store = await postgresStore({ url: server.url, schema, limit: '20s' })
    expect(await store.commit(BEFORE)).toMatchObject({ ok: true })
    const [holder, observer] = [await connectTo(server.url), await connectTo(server.url)]
    const isDeferred = trigger.startsWith('DEFERRED')
    const what = trigger.replace('DEFERRED ', '').replace(' ON ', ` ON ${schema}.`)
    await holder.query(`
      CREATE FUNCTION ${schema}.stop_here() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock_shared(${HOLD}, 0); RETURN new; END $$;
      CREATE ${isDeferred ? 'CONSTRAINT' : ''} TRIGGER stop_here ${what} ${isDeferred ? 'DEFERRABLE INITIALLY DEFERRED' : ''}
        FOR EACH ROW EXECUTE FUNCTION ${schema}.stop_here();
      SELECT pg_advisory_lock(${HOLD}, 0)`)
    const committing = store.commit(COMMIT)
    process.kill(await heldBackend(observer), 'SIGKILL')
    expect(await committing).toMatchObject({ ok: true, repeated: false, versions: [3, 3] })
    for (const client of [holder, observer]) await client.end().catch(() => undefined)
    await expectOnce(store)
    await store.close()
  })

  it('is made once when its answer is lost, and is answered as a repetition', async () => {
    const relay = new LossyRelay(server.url)
    const store = await postgresStore({ url: await relay.start(), schema: freshSchema() })
    expect(await store.commit(BEFORE)).toMatchObject({ ok: true })
    relay.loseAnswerTo('commit-batch')
    expect(await store.commit(COMMIT)).toMatchObject({ ok: true, repeated: true, versions: [3, 3] })
    await expectOnce(store)
    await store.close()
    await relay.stop()
  })

  it('without appends is said to be uncertain when its answer is lost, and its checkpoint tells what happened', async () => {
    const relay = new LossyRelay(server.url)
    const store = await postgresStore({ url: await relay.start(), schema: freshSchema() })
    relay.loseAnswerTo('commit-batch')
    await expect(store.commit({ checkpoint: { name: 'reader', from: 0, to: 4 } })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/nobody knows/),
    })
    expect(await store.checkpoint('reader')).toBe(4)
    await store.close()
    await relay.stop()
  })
})
