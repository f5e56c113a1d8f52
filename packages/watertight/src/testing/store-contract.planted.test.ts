import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { sqliteStore } from '../sqlite/sqlite-store.ts'
import { memoryStore } from '../store/memory-store.ts'
import type { Store } from '../store/store.ts'
import { failingCases } from './failing-cases.ts'
import { PLANTED_BUGS } from './planted-bugs.fixture.ts'
import type { StoreFixture } from './store-case.ts'
import { VirtualRuntime } from './virtual-runtime.ts'

function memoryFixture(plant: (store: Store) => Store): () => Promise<StoreFixture> {
  return async () => {
    const runtime = new VirtualRuntime()
    return {
      open: async () => plant(memoryStore({ runtime })),
      advance: (ms) => runtime.advance(ms),
      dispose: async () => undefined,
    }
  }
}

/** A SQLite file that somebody tampers with whenever it is opened. */
function sqliteFixture(tamper: string): () => Promise<StoreFixture> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watertight-planted-'))
    const file = join(folder, 'store.db')
    const runtime = new VirtualRuntime()
    const opened: Store[] = []
    return {
      async open() {
        const store = await sqliteStore({ file, runtime })
        opened.push(store)
        const database = new DatabaseSync(file)
        database.exec(tamper)
        database.close()
        return store
      },
      advance: (ms) => runtime.advance(ms),
      async dispose() {
        for (const store of opened) await store.close()
        rmSync(folder, { recursive: true })
      },
    }
  }
}

describe('the contract suite of the store', () => {
  it.each(PLANTED_BUGS)('notices when $bug', async ({ fails, plant }) => {
    expect(await failingCases([fails], memoryFixture(plant))).toEqual([fails])
  })

  it('fails no adapter without a bug', async () => {
    const sentences = PLANTED_BUGS.map(({ fails }) => fails)
    expect(
      await failingCases(
        sentences,
        memoryFixture((store) => store),
      ),
    ).toEqual([])
  })

  it('notices when SQLite gives a position again whose event was deleted', async () => {
    const fails = ['truncates for good: a stream is as it was left when the database is opened again']
    expect(await failingCases(fails, sqliteFixture(''))).toEqual([])
    const reused =
      "UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(position), 0) FROM events) WHERE name = 'events'"
    expect(await failingCases(fails, sqliteFixture(reused))).toEqual(fails)
  })

  it('notices when SQLite forgets its leases, and so their epochs', async () => {
    const fails = ['has all it had when it is opened again']
    expect(await failingCases(fails, sqliteFixture('DELETE FROM leases'))).toEqual(fails)
  })
})
