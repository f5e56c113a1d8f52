import type { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Append, type Committed, type Commit, streamId, type Store } from 'watertight/store'
import type { PostgresStoreOptions } from './options.ts'
import { postgresStore } from './postgres-store.ts'
import { connectTo, freshSchema, testServer } from './test-server.fixture.ts'

const server = await testServer()
const { url } = server

let made = 0

function sampleAppend(id: string, type = 'order.placed'): Append {
  const name = `n-${++made}`
  const event = { id: name, type, schema: 1, data: name, meta: { correlation: name, causation: name } }
  return { stream: streamId('order', id), expected: 'any', appendId: name, events: [event] }
}

async function times<T>(n: number, work: (i: number) => Promise<T>): Promise<readonly PromiseSettledResult<T>[]> {
  return await Promise.allSettled(Array.from({ length: n }, (_, i) => work(i)))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

describe.skipIf(server.isMissing)('a PostgreSQL store', () => {
  let admin: Client
  /** For transactions that last: inside one, `pg_stat_activity` stands still. */
  let foreign: Client
  let schema: string
  let store: Store
  const opened: Store[] = []

  async function open(options: Partial<PostgresStoreOptions> = {}): Promise<Store> {
    const one = await postgresStore({ url, schema, ...options })
    opened.push(one)
    return one
  }

  function commit(id: string, more: Commit = {}): Promise<Committed> {
    return store.commit({ ...more, appends: [sampleAppend(id)] })
  }

  /** Ends the backends of the store whose last statement and state match; how many there were. */
  async function terminate(query: string, state = '%'): Promise<number> {
    const { rows } = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'watertight' AND query LIKE $1 AND query LIKE $2
         AND state LIKE $3`,
      [`%${schema}%`, query, state],
    )
    return rows.length
  }

  /** How often each table was walked from end to end. */
  async function scans(): Promise<unknown> {
    // A backend tells its numbers when it ends.
    await store.close()
    await pause(200)
    const { rows } = await admin.query(
      `SELECT relname, seq_scan FROM pg_stat_user_tables WHERE schemaname = $1
       AND relname NOT IN ('migrations', 'meta') ORDER BY relname`,
      [schema],
    )
    return rows
  }

  beforeAll(async () => {
    admin = await connectTo(url)
    foreign = await connectTo(url)
  })
  beforeEach(async () => {
    schema = freshSchema()
    store = await open()
  })
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
    await admin.query(`DROP SCHEMA ${schema} CASCADE`)
  })
  afterAll(async () => {
    await admin.end()
    await foreign.end()
    await server.stop()
  })

  it('makes each append once although its connections are killed again and again', async () => {
    store = await open({ limit: '25s' })
    let isDone = false
    const killing = (async () => {
      let killed = 0
      for (; !isDone; await pause(60)) killed += await terminate('%')
      return killed
    })()
    const ends: PromiseSettledResult<Committed>[] = []
    for (let round = 0; round < 8; round++) ends.push(...(await times(25, (i) => commit(`o-${i}`))))
    isDone = true
    expect(await killing).toBeGreaterThan(0)
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([])
    const { events } = await store.readLog({ after: 0 })
    expect(new Set(events.map(({ data }) => data)).size).toBe(200)
    expect(events).toHaveLength(200)
  })

  it('says that nobody knows when a commit without appends is lost on its way', async () => {
    await store.commit({ rows: [{ table: 't', key: 'k', value: 1 }] })
    await foreign.query('BEGIN')
    await foreign.query(`SELECT FROM ${schema}.read_model FOR UPDATE`)
    const writing = store.commit({ rows: [{ table: 't', key: 'k', value: 2 }] })
    writing.catch(() => undefined)
    for (let killed = 0; killed === 0; await pause(5)) killed = await terminate('%commit_batch%', 'active')
    await expect(writing).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/nobody knows/),
    })
    await foreign.query('ROLLBACK')
  })

  it('tells of a fence only when the commit was not done before under it', async () => {
    const fence = await store.acquire('worker', 60_000)
    await commit('o-1')
    await foreign.query('BEGIN')
    await foreign.query(`SELECT FROM ${schema}.streams FOR UPDATE`)
    const writing = store.commit({ appends: [sampleAppend('o-1')], ...(fence && { fence }) })
    writing.catch(() => undefined)
    for (let killed = 0; killed === 0; await pause(5)) killed = await terminate('%commit_batch%', 'active')
    await foreign.query(`UPDATE ${schema}.leases SET epoch = epoch + 1`)
    await foreign.query('COMMIT')
    await expect(writing).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/nobody knows/),
    })
  })

  it('fails with an error of the database only the commit that causes it', async () => {
    await admin.query(`
      CREATE FUNCTION ${schema}.poison() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'disk on fire'; END $$;
      CREATE TRIGGER poison BEFORE INSERT ON ${schema}.events FOR EACH ROW WHEN (new.type = 'poison')
        EXECUTE FUNCTION ${schema}.poison()`)
    const ends = await times(50, (i) =>
      store.commit({ appends: [sampleAppend(`o-${i}`, i === 17 ? 'poison' : 'order.placed')] }),
    )
    expect(ends.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([17])
    expect(ends[17]).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE', message: expect.stringMatching(/on fire/) } })
    expect((await store.readLog({ after: 0 })).events).toHaveLength(49)
  })

  it('finds the commit that kills its backend each time, and makes its neighbours', async () => {
    store = await open({ limit: '2s' })
    await admin.query(`
      CREATE FUNCTION ${schema}.killer() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN new; END $$;
      CREATE TRIGGER killer BEFORE INSERT ON ${schema}.events FOR EACH ROW WHEN (new.type = 'killer')
        EXECUTE FUNCTION ${schema}.killer()`)
    const ends = await times(20, (i) =>
      store.commit({ appends: [sampleAppend(`o-${i}`, i === 7 ? 'killer' : 'order.placed')] }),
    )
    expect(ends.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([7])
    expect((await store.readLog({ after: 0 })).events).toHaveLength(19)
  })

  it('lets no long transaction of somebody else hold up its readers', async () => {
    await commit('o-1')
    await foreign.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; CREATE TABLE ${schema}.theirs (n integer);
      INSERT INTO ${schema}.theirs VALUES (1); SELECT count(*) FROM ${schema}.events`)
    await commit('o-2')
    expect((await store.readLog({ after: 0 })).events).toHaveLength(2)
    await foreign.query('ROLLBACK')
  })

  it('gives up on a lock that is held for long, says so, and holds up nobody else meanwhile', async () => {
    store = await open({ limit: '700ms' })
    await commit('o-1')
    await foreign.query('BEGIN')
    await foreign.query(`SELECT FROM ${schema}.streams FOR UPDATE`)
    const blocked = commit('o-1')
    blocked.catch(() => undefined)
    for (let i = 0; i < 5; i++) expect(await commit('free')).toMatchObject({ ok: true })
    await expect(blocked).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/holds its locks/),
    })
    await foreign.query('ROLLBACK')
    expect(await commit('o-1')).toMatchObject({ ok: true, versions: [2] })
  })

  it('lets a row that somebody holds keep only its own commit waiting', async () => {
    await store.commit({ rows: [{ table: 't', key: 'held', value: 1 }] })
    await foreign.query('BEGIN')
    await foreign.query(`SELECT FROM ${schema}.read_model FOR UPDATE`)
    const rows = (key: string): Commit => ({ rows: [{ table: 't', key, value: 2, ifVersion: key === 'held' ? 1 : 0 }] })
    const all = Promise.all(['a', 'held', 'b'].map((key) => commit(key, rows(key))))
    for (const key of ['c', 'd']) expect(await commit(key, rows(key))).toMatchObject({ ok: true })
    await foreign.query('ROLLBACK')
    expect((await all).map(({ ok }) => ok)).toEqual([true, true, true])
  })

  it('hears of the commits of other stores, not only by polling', async () => {
    const [one, two] = [await open({ pollInterval: '1h' }), await open({ pollInterval: '1h' })]
    for (let i = 0; i < 3; i++) {
      const { settled } = await one.readLog({ after: 0 })
      const waiting = one.changed(settled, new AbortController().signal)
      await pause(100)
      await two.commit({ appends: [sampleAppend('o-1')] })
      await waiting
      expect((await one.readLog({ after: settled })).events).toHaveLength(1)
      // The next round listens on a new connection.
      await terminate('LISTEN%')
      await pause(150)
    }
  })

  it('puts a commit on the disk although the database is told not to wait for it', async () => {
    await admin.query(`
      CREATE TABLE ${schema}.seen (setting text);
      CREATE FUNCTION ${schema}.look() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO ${schema}.seen VALUES (current_setting('synchronous_commit')); RETURN new; END $$;
      CREATE TRIGGER look BEFORE INSERT ON ${schema}.events FOR EACH ROW EXECUTE FUNCTION ${schema}.look();
      CREATE USER ${schema}_lax PASSWORD 'pass' SUPERUSER;
      ALTER USER ${schema}_lax SET synchronous_commit = off`)
    const lax = new URL(url)
    lax.username = `${schema}_lax`
    lax.password = 'pass'
    const one = await open({ url: lax.href })
    await one.commit({ appends: [sampleAppend('o-1')] })
    expect((await admin.query(`SELECT * FROM ${schema}.seen`)).rows).toEqual([{ setting: 'on' }])
    await one.close()
    await admin.query(`DROP OWNED BY ${schema}_lax; DROP USER ${schema}_lax`)
  })

  it('decides by what is committed, whatever isolation is the default of the user', async () => {
    const user = `${schema}_strict`
    await admin.query(`CREATE USER ${user} PASSWORD 'pass' SUPERUSER;
      ALTER USER ${user} SET default_transaction_isolation = 'repeatable read'`)
    const strict = new URL(url)
    strict.username = user
    strict.password = 'pass'
    const direct = await open({ url: strict.href })
    expect(await direct.commit({ appends: [sampleAppend('o-1')] })).toMatchObject({ ok: true })
    const pooled = await open({ url: strict.href, transactionPooling: true })
    await expect(pooled.commit({ appends: [sampleAppend('o-1')] })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/read committed/),
    })
    for (const one of [direct, pooled]) await one.close()
    await admin.query(`DROP OWNED BY ${user}; DROP USER ${user}`)
  })

  it('never walks a whole table, although they were small when their plans were made', async () => {
    const before = await scans()
    store = await open()
    for (let round = 0; round < 20; round++) {
      await times(50, (i) =>
        commit(`o-${round}-${i}`, {
          rows: [{ table: 't', key: `${round}-${i}`, value: 1, ifVersion: 0 }],
          timers: { set: [{ key: `${round}-${i}`, inMs: 0, stream: streamId('order', 'o') }] },
          inbox: { consumer: 'c', generation: 0, id: `${round}-${i}` },
          keys: { acquire: [`${round}-${i}`], holder: streamId('order', 'o') },
        }),
      )
      await store.readStream(streamId('order', `o-${round}-1`))
      await store.readLog({ after: round * 50, max: 10 })
      await store.rows('t', ['0-1', '0-2'])
      await store.scanRows('t', { after: '0', max: 10 })
      await store.due({ max: 10 })
    }
    expect(await scans()).toEqual(before)
  })
})
