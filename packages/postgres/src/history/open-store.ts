import { isWatertightError } from 'watertight'
import type { Store } from 'watertight/store'
import { postgresStore } from '../postgres-store.ts'
import { SCHEMA } from './scene.ts'

/** Opens the store of the run, as soon as its server is there. */
export async function openStore(url: string): Promise<Store> {
  for (;;) {
    try {
      return await postgresStore({ url, schema: SCHEMA, limit: '5s' })
    } catch (error) {
      if (!isWatertightError(error, 'STORE_UNAVAILABLE')) throw error
    }
  }
}
