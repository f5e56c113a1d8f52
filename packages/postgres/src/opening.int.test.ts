import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from 'watertight/store'
import type { PostgresStoreOptions } from './options.ts'
import { postgresStore } from './postgres-store.ts'
import { MIGRATIONS } from './sql/migrations.ts'
import { connectTo, freshSchema, ownServer, testServer } from './test-server.fixture.ts'

const server = await testServer()
const own = await ownServer()
const { url } = server
const FIXTURE = join(import.meta.dirname, 'idle-store.fixture.ts')

describe('the options of a PostgreSQL store', () => {
  const BAD: readonly { options: Partial<Record<keyof PostgresStoreOptions | 'shema', unknown>>; says: RegExp }[] = [
    { options: { url: '' }, says: /url must be/ },
    { options: { url: 'mysql://root:secret@localhost/shop' }, says: /postgres:\/\// },
    { options: { url: 'no url, secret' }, says: /postgres:\/\// },
    { options: { schema: 'Orders' }, says: /schema must be .*'Orders'/ },
    { options: { schema: 'a; DROP TABLE b' }, says: /schema must be/ },
    { options: { schema: 'pg_catalog' }, says: /schema must be/ },
    { options: { schema: 'x'.repeat(49) }, says: /48/ },
    { options: { lanes: 0 }, says: /lanes/ },
    { options: { readers: 1.5 }, says: /readers/ },
    { options: { maxGroup: 5_000 }, says: /maxGroup/ },
    { options: { limit: 0 }, says: /limit/ },
    { options: { pollInterval: -1 }, says: /pollInterval/ },
    { options: { transactionPooling: 'yes' }, says: /transactionPooling/ },
    { options: { shema: 'orders' }, says: /no option shema/ },
  ]

  it.each(BAD)('refuse $options, by name and without a password', async ({ options, says }) => {
    const opening = postgresStore({ url: 'postgres://localhost/shop', ...options } as PostgresStoreOptions)
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(says) })
    await expect(opening).rejects.not.toThrow(/secret/)
  })
})

describe.skipIf(server.isMissing)('opening a PostgreSQL store', () => {
  let admin: Client
  let schema: string
  const made: string[] = []

  beforeAll(async () => {
    admin = await connectTo(url)
  })
  beforeEach(() => {
    schema = freshSchema()
    made.push(schema)
  })
  afterAll(async () => {
    for (const one of made) await admin.query(`DROP SCHEMA IF EXISTS ${one} CASCADE`)
    await admin.end()
    await server.stop()
  })

  it('makes one store of a schema that many open at the same time for the first time', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => postgresStore({ url, schema })))
    expect(new Set(stores.map(({ incarnation }) => incarnation)).size).toBe(1)
    for (const store of stores) await store.close()
    const { rows } = await admin.query(`SELECT number FROM ${schema}.migrations ORDER BY number`)
    expect(rows.map(({ number }) => number)).toEqual(MIGRATIONS.map(({ number }) => number))
  })

  it('keeps the schemas of one database apart', async () => {
    const other = freshSchema()
    made.push(other)
    const [one, two] = [await postgresStore({ url, schema }), await postgresStore({ url, schema: other })]
    await one.commit({ rows: [{ table: 't', key: 'k', value: 1 }] })
    expect(await two.row('t', 'k')).toBeUndefined()
    expect(two.incarnation).not.toBe(one.incarnation)
    await one.close()
    await two.close()
  })

  it('refuses a schema that a newer version made, and leaves it as it was', async () => {
    await (await postgresStore({ url, schema })).close()
    await admin.query(`INSERT INTO ${schema}.migrations VALUES (${MIGRATIONS.length + 1}, 'later', 'x')`)
    await expect(postgresStore({ url, schema })).rejects.toMatchObject({
      code: 'STORE_TOO_NEW',
      message: expect.stringMatching(/newer version/),
    })
  })

  it('refuses a schema whose migrations were others than its own', async () => {
    await (await postgresStore({ url, schema })).close()
    await admin.query(`UPDATE ${schema}.migrations SET checksum = 'x' WHERE number = 2`)
    await expect(postgresStore({ url, schema })).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringMatching(/migration 2/),
    })
  })

  it('needs no right to make tables where they are there', async () => {
    await (await postgresStore({ url, schema })).close()
    const user = `${schema}_user`
    await admin.query(`CREATE USER ${user} PASSWORD 'pass'; GRANT USAGE ON SCHEMA ${schema} TO ${user};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${user};
      GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${user}`)
    const theirs = new URL(url)
    theirs.username = user
    theirs.password = 'pass'
    const store = await postgresStore({ url: theirs.href, schema })
    const event = { id: 'e', type: 't', schema: 1, data: 1, meta: { correlation: 'c', causation: 'c' } }
    const stream = { tenant: 'default', category: 'order', id: '1' }
    expect(
      await store.commit({ appends: [{ stream, expected: 'any', appendId: 'a', events: [event] }] }),
    ).toMatchObject({ ok: true })
    expect((await store.readLog({ after: 0 })).events).toHaveLength(1)
    expect(await store.acquire('worker', 1_000)).toBeDefined()
    await store.close()
    await admin.query(`DROP OWNED BY ${user}; DROP USER ${user}`)
  })

  const UNREACHABLE: readonly { what: string; change: (url: URL) => void; says: RegExp }[] = [
    { what: 'a wrong password', change: (to) => (to.password = 'wrong'), says: /password/ },
    { what: 'no such database', change: (to) => (to.pathname = '/nowhere'), says: /Create the database/ },
    { what: 'nobody at the port', change: (to) => (to.port = '1'), says: /Check that the server runs/ },
    { what: 'no such host', change: (to) => (to.hostname = 'host.invalid'), says: /Check that the server runs/ },
  ]

  it.each(UNREACHABLE)('says what to do about $what, and no password', async ({ change, says }) => {
    const to = new URL(url)
    change(to)
    const opening = postgresStore({ url: to.href, schema, limit: '300ms' })
    await expect(opening).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringMatching(says) })
    await expect(opening).rejects.not.toThrow(new URL(url).password)
  })

  it('takes the clock of the database, by which milliseconds of the epoch pass', async () => {
    await (await postgresStore({ url, schema })).close()
    const { rows } = await admin.query(
      `SELECT abs(${schema}.clock_now() - 1000 * extract(epoch FROM clock_timestamp())) < 1000 AS agrees`,
    )
    expect(rows).toEqual([{ agrees: true }])
  })

  it('lets the process end that has nothing else to do, also one that waits for a change', async () => {
    const child = spawn(process.execPath, ['--conditions=watertight-source', FIXTURE, url, schema], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const errors: Buffer[] = []
    child.stderr.on('data', (data: Buffer) => errors.push(data))
    const [code] = await once(child, 'close')
    expect(stripVTControlCharacters(Buffer.concat(errors).toString())).toBe('')
    expect(code).toBe(0)
  })

  it('keeps the process until it is closed, when that is waited for: it ended in the middle, with an error of Node', async () => {
    const child = spawn(process.execPath, ['--conditions=watertight-source', FIXTURE, url, schema, 'close'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said: Buffer[] = []
    child.stdout.on('data', (data: Buffer) => said.push(data))
    const [code] = await once(child, 'close')
    expect([Buffer.concat(said).toString(), code]).toEqual(['closed', 0])
  })
})

describe.skipIf(own.isMissing)('a PostgreSQL standby', () => {
  afterAll(() => own.stop())

  it('is refused when it is opened, and when the primary becomes one: its readers would skip', async () => {
    const schema = freshSchema()
    const store: Store = await postgresStore({ url: own.url, schema, limit: '2s' })
    expect(await store.readLog({ after: 0 })).toEqual({ events: [], settled: 0 })
    await own.kill()
    writeFileSync(join(own.folder, 'data', 'standby.signal'), '')
    await own.resume()
    await expect(postgresStore({ url: own.url, schema })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/standby.*primary/),
    })
    await expect(store.commit({ rows: [{ table: 't', key: 'k', value: 1 }] })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/primary/),
    })
    await store.close()
  })
})
