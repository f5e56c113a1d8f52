import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import type { Store } from '../store/store.ts'
import { eventStoreContract } from '../testing/event-store-contract.ts'
import type { StoreFixture } from '../testing/store-case.ts'
import { storeContract } from '../testing/store-contract.ts'
import { VirtualRuntime } from '../testing/virtual-runtime.ts'
import { sqliteStore } from './sqlite-store.ts'

async function makeFixture(): Promise<StoreFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'watertight-'))
  const runtime = new VirtualRuntime()
  const opened: Store[] = []
  return {
    async open() {
      const store = await sqliteStore({ file: join(folder, 'store.db'), runtime })
      opened.push(store)
      return store
    },
    advance: (ms) => runtime.advance(ms),
    async dispose() {
      for (const store of opened) await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const capabilities = { durable: true, shared: true, runner: { describe, it } }

storeContract('The SQLite store', makeFixture, capabilities)
eventStoreContract('The SQLite store', makeFixture, capabilities)
