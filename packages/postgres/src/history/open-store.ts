import { isWatertightError } from 'watertight'
import type { Store } from 'watertight/store'
import { postgresStore } from '../postgres-store.ts'
import { SCHEMA } from './scene.ts'

/** Opens the store of the run, as soon as its server is there. */
export async function openStore(url: string): Promise<Store> {
  return await whenThere(() => postgresStore({ url, schema: SCHEMA, limit: '5s' }))
}

/** Tries until the server is there: it is killed again and again, and may take its time to come back. */
export async function whenThere<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isWatertightError(error, 'STORE_UNAVAILABLE')) throw error
    }
  }
}
