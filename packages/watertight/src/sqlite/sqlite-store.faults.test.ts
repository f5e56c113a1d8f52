import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isWatertightError } from '../runtime/error.ts'
import { type Append, streamId, type Store } from '../store/index.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { openDatabase } from './open-database.ts'
import { APPLICATION_ID, MIGRATIONS } from './schema.ts'
import { sqliteStore } from './sqlite-store.ts'

let folder: string
let file: string
let runtime: VirtualRuntime
const opened: { close(): unknown }[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watertight-'))
  file = join(folder, 'store.db')
  runtime = new VirtualRuntime()
})

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  rmSync(folder, { recursive: true })
})

async function open(path = file): Promise<Store> {
  const store = await sqliteStore({ file: path, runtime })
  opened.push(store)
  return store
}

/** A connection of another process, as far as SQLite can tell. */
function foreign(): DatabaseSync {
  const database = new DatabaseSync(file)
  opened.push({ close: () => database.isOpen && database.close() })
  return database
}

let made = 0

function sampleAppend(data: unknown = null): Append {
  const id = `s-${++made}`
  const event = { id, type: 'order.placed', schema: 1, data, meta: { correlation: id, causation: id } }
  return { stream: streamId('order', id), expected: 'absent', appendId: id, events: [event] }
}

async function filled(commits: number): Promise<void> {
  const store = await sqliteStore({ file, runtime })
  for (let i = 0; i < commits; i++) await store.commit({ appends: [sampleAppend('x'.repeat(1_000))] })
  await store.close()
}

const NOT_STORES: readonly { what: string; make: () => void; code: string; says: RegExp }[] = [
  {
    what: 'a text file',
    make: () => writeFileSync(file, 'not a database '.repeat(100)),
    code: 'STORE_CORRUPT',
    says: /backup/,
  },
  { what: 'a folder', make: () => mkdirSync(file), code: 'STORE_UNAVAILABLE', says: /writable/ },
  {
    what: "another program's database",
    make: () => foreign().exec('CREATE TABLE customers (name TEXT)'),
    code: 'STORE_CORRUPT',
    says: /another program/,
  },
]

describe('opening a SQLite store', () => {
  it.each(NOT_STORES)('refuses $what, and names it and what to do', async ({ make, code, says }) => {
    make()
    const refusal = open()
    await expect(refusal).rejects.toMatchObject({ code, source: file })
    await expect(refusal).rejects.toThrow(file)
    await expect(refusal).rejects.toThrow(says)
  })

  it("leaves another program's database as it was", async () => {
    foreign().exec('CREATE TABLE customers (name TEXT)')
    const before = readFileSync(file)
    await expect(open()).rejects.toThrow(/another program/)
    expect(readFileSync(file)).toEqual(before)
  })

  it('refuses a folder that does not exist, and one in which nothing can be made', async () => {
    for (const path of [join(folder, 'missing', 'store.db'), '/dev/null/store.db']) {
      await expect(open(path)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    }
  })

  it('refuses a file that was cut short', async () => {
    await filled(50)
    truncateSync(file, Math.floor(statSync(file).size / 2))
    await expect(open()).rejects.toMatchObject({ code: 'STORE_CORRUPT', message: expect.stringContaining(file) })
  })

  it('brings a file of the first schema up to date, and leaves its leases to their owners', async () => {
    const old = foreign()
    old.exec('PRAGMA journal_mode = WAL')
    old.exec(MIGRATIONS[0] ?? '')
    old.exec(`INSERT INTO meta VALUES ('incarnation', 'first');
      INSERT INTO leases VALUES ('worker', 7, ${runtime.wallTime() + 10_000});
      PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`)
    const store = await open()
    expect(store.incarnation).toBe('first')
    expect(await store.acquire('worker', 10)).toBeUndefined()
    await runtime.advance('9s')
    expect(await store.acquire('worker', 10)).toBeUndefined()
    expect(await store.renew({ lease: 'worker', epoch: 7 }, 10_000)).toBe(true)
  })

  it('refuses a file that a newer version made, and leaves it as it was', async () => {
    await filled(1)
    foreign().exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_TOO_NEW',
      message: expect.stringMatching(/newer version/),
    })
  })

  it.each(['', ':memory:', 'file:store.db?mode=memory'])('refuses %j, which names no file', async (path) => {
    await expect(open(path)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/memoryStore/),
    })
  })

  it('refuses options that are unknown or out of range', async () => {
    const bad = [{ pollInterval: -1 }, { maxGroup: 0 }, { busyLimit: Number.NaN }, { syncronous: 'off' }]
    for (const options of bad) {
      await expect(sqliteStore({ file, runtime, ...options })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    }
  })

  it('makes one store of a file that several open at the same time for the first time', async () => {
    const stores = await Promise.all([open(), open(), open()])
    expect(new Set(stores.map(({ incarnation }) => incarnation)).size).toBe(1)
  })

  it('syncs each commit to the disk', async () => {
    const { writer, reader } = await openDatabase(file, runtime, 1_000)
    opened.push(writer, reader)
    const FULL = 2
    expect(writer.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: FULL })
  })

  it('waits on timers, not in the event loop, while another process makes the schema', async () => {
    const other = foreign()
    other.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE')
    const opening = open()
    await runtime.advance(200)
    other.exec('ROLLBACK')
    await runtime.advance(200)
    await expect(opening).resolves.toBeDefined()
  })
})

describe('a SQLite store', () => {
  it('keeps a write-ahead log, so that readers never wait for writers', async () => {
    const store = await open()
    await store.commit({ appends: [sampleAppend()] })
    const other = foreign()
    expect(other.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    other.exec('BEGIN IMMEDIATE')
    expect((await store.readLog({ after: 0 })).events).toHaveLength(1)
  })

  it('waits on timers, not in the event loop, while another process writes', async () => {
    const store = await open()
    const other = foreign()
    other.exec('BEGIN IMMEDIATE')
    const committing = store.commit({ appends: [sampleAppend()] })
    await runtime.advance(1_000)
    expect(await store.readLog({ after: 0 })).toEqual({ events: [], settled: 0 })
    other.exec('COMMIT')
    await runtime.advance(100)
    await expect(committing).resolves.toMatchObject({ ok: true })
  })

  it('gives up on a file that stays locked, says so, and works again afterwards', async () => {
    const store = await open()
    const other = foreign()
    other.exec('BEGIN IMMEDIATE')
    const commit = { appends: [sampleAppend()] }
    const [refusal] = await Promise.allSettled([store.commit(commit), runtime.advance('6s')])
    expect(refusal).toMatchObject({
      reason: { code: 'STORE_UNAVAILABLE', retryable: true, message: expect.stringMatching(/Another process/) },
    })
    other.exec('COMMIT')
    await expect(store.commit(commit)).resolves.toMatchObject({ ok: true, repeated: false })
  })

  it('lets nobody wait longer than its limit, however many groups wait behind a locked file', async () => {
    const store = await sqliteStore({ file, runtime, busyLimit: '5s', maxGroup: 2 })
    opened.push(store)
    const other = foreign()
    other.exec('BEGIN IMMEDIATE')
    const ends: { readonly at: number; readonly code: unknown }[] = []
    const start = runtime.now()
    const commitAt = async (ms: number): Promise<void> => {
      await runtime.advance(start + ms - runtime.now())
      void store.commit({ appends: [sampleAppend()] }).catch((error: unknown) => {
        ends.push({ at: runtime.now() - start, code: isWatertightError(error) && error.code })
      })
    }
    for (const ms of [0, 0, 0, 0, 0, 0, 2_000, 2_000, 2_000]) await commitAt(ms)
    await runtime.advance('10s')
    expect(ends.map(({ code }) => code)).toEqual(Array.from({ length: 9 }, () => 'STORE_UNAVAILABLE'))
    for (const [i, { at }] of ends.entries()) {
      const limit = i < 6 ? 5_000 : 7_000
      expect(at).toBeGreaterThanOrEqual(limit)
      expect(at).toBeLessThan(limit + 100)
    }
  })

  it('finishes what waits for another process before it closes', async () => {
    const store = await open()
    const other = foreign()
    other.exec('BEGIN IMMEDIATE')
    const committing = store.commit({ appends: [sampleAppend()] })
    const closing = store.close()
    await runtime.advance(100)
    other.exec('COMMIT')
    await runtime.advance(100)
    await closing
    await expect(committing).resolves.toMatchObject({ ok: true })
    expect(runtime.pendingTimers).toBe(0)
  })

  it('fails with a database error only the commit that causes it, and writes nothing of it', async () => {
    const store = await open()
    foreign().exec(`CREATE TRIGGER poison BEFORE INSERT ON read_model WHEN new.key = 'poison'
      BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`)
    const poisoned = { appends: [sampleAppend()], rows: [{ table: 't', key: 'poison', value: 1 }] }
    const all = await Promise.allSettled([
      store.commit({ appends: [sampleAppend()] }),
      store.commit(poisoned),
      store.commit({ appends: [sampleAppend()] }),
    ])
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(all[1]).toMatchObject({
      reason: { code: 'STORE_UNAVAILABLE', message: expect.stringMatching(/disk on fire/) },
    })
    expect((await store.readLog({ after: 0 })).events).toHaveLength(2)
    expect(runtime.reported).toEqual([])
  })

  it('names a damage it meets while reading', async () => {
    await filled(200)
    const bytes = readFileSync(file)
    bytes.fill(0xa5, 4_096 * 4)
    writeFileSync(file, bytes)
    const reading = open().then((store) => store.readLog({ after: 0 }))
    await expect(reading).rejects.toMatchObject({ code: 'STORE_CORRUPT', message: expect.stringContaining(file) })
  })

  it('walks a long log by category without losing its place between windows', async () => {
    const store = await open()
    const many = Array.from({ length: 9_000 }, () => store.commit({ appends: [sampleAppend()] }))
    await Promise.all(many)
    const rare = { ...sampleAppend(), stream: streamId('rare', 'r-1') }
    await store.commit({ appends: [rare] })
    const page = await store.readLog({ after: 0, categories: ['rare'] })
    expect(page.events.map(({ stream }) => stream.id)).toEqual(['r-1'])
    expect(page.settled).toBe(9_001)
  })

  it('looks for changes of other processes only while somebody waits for them', async () => {
    const store = await open()
    const aborting = new AbortController()
    const waiting = store.changed(0, aborting.signal)
    await runtime.advance(100)
    expect([runtime.pendingTimers, runtime.heldTimers]).toEqual([1, 0])
    aborting.abort()
    await waiting
    expect(runtime.pendingTimers).toBe(0)
  })

  it('frees the lease of a dead owner after its time to live although the wall clock was set back meanwhile', async () => {
    const store = await open()
    await store.acquire('worker', 10_000)
    runtime.stepWallTime(-3_600_000)
    expect(await store.acquire('worker', 10_000)).toBeUndefined()
    await runtime.advance('9s')
    expect(await store.acquire('worker', 10_000)).toBeUndefined()
    await runtime.advance('1s')
    expect(await store.acquire('worker', 10_000)).toEqual({ lease: 'worker', epoch: 2 })
  })

  it('leaves a living owner its lease when the wall clock is set back', async () => {
    const store = await open()
    const fence = { lease: 'worker', epoch: 1 }
    expect(await store.acquire('worker', 10_000)).toEqual(fence)
    runtime.stepWallTime(-3_600_000)
    for (let i = 0; i < 5; i++) {
      expect(await store.acquire('worker', 10)).toBeUndefined()
      await runtime.advance('4s')
      expect(await store.renew(fence, 10_000)).toBe(true)
    }
  })

  it('keeps leases and timers by the wall clock, which outlives the process', async () => {
    const store = await open()
    const stream = streamId('order', 'o-1')
    await store.acquire('worker', 10_000)
    await store.commit({ timers: { set: [{ key: 'step', inMs: 10_000, stream }] } })
    runtime.stepWallTime(9_999)
    expect([await store.due(), await store.acquire('worker', 10_000)]).toEqual([[], undefined])
    runtime.stepWallTime(1)
    expect(await store.due()).toHaveLength(1)
    expect(await store.acquire('worker', 10_000)).toEqual({ lease: 'worker', epoch: 2 })
  })
})
