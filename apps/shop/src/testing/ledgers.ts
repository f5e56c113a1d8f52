import { join } from 'node:path'
import { systemRuntime } from 'watertight'
import { sqliteStore } from 'watertight/sqlite'
import { streamId } from 'watertight/store'
import type { LedgerEntry } from '../contract/payments.ts'
import type { ProviderName } from '../process/roles.ts'

/** All movements of money in a provider's own books, read from its database, whether its process runs or not. */
export async function ledgerOf(dataFolder: string, provider: ProviderName): Promise<readonly LedgerEntry[]> {
  const store = await sqliteStore({ file: join(dataFolder, `${provider}.db`), runtime: systemRuntime })
  try {
    const { events } = await store.readStream(streamId('ledger', provider), { max: 100_000 })
    return events.map(({ data }) => data as LedgerEntry)
  } finally {
    await store.close()
  }
}
