import type { Client } from 'pg'
import type { Store } from 'watertight/store'
import type { StoreFixture } from 'watertight/testing'
import type { PostgresStoreOptions } from './options.ts'
import { postgresStore } from './postgres-store.ts'

const TABLES = ['streams', 'events', 'inbox', 'checkpoints', 'keys', 'read_model', 'timers', 'leases']

/** Makes a schema whose clock stands still until it is advanced. */
export async function prepareSchema(admin: Client, options: PostgresStoreOptions & { schema: string }): Promise<void> {
  const { schema } = options
  await (await postgresStore(options)).close()
  await admin.query(`
    CREATE TABLE ${schema}.test_clock (ms double precision NOT NULL);
    INSERT INTO ${schema}.test_clock VALUES (1e12);
    CREATE OR REPLACE FUNCTION ${schema}.clock_now() RETURNS double precision LANGUAGE sql VOLATILE
      RETURN (SELECT ms FROM ${schema}.test_clock);`)
}

/** An empty store in a schema that {@link prepareSchema} made. */
export async function emptyStore(
  admin: Client,
  options: PostgresStoreOptions & { schema: string },
): Promise<StoreFixture> {
  const { schema } = options
  const opened: Store[] = []
  await admin.query(`TRUNCATE ${TABLES.map((table) => `${schema}.${table}`).join(', ')} RESTART IDENTITY;
    ALTER SEQUENCE ${schema}.positions RESTART`)
  return {
    async open() {
      const store = await postgresStore(options)
      opened.push(store)
      return store
    },
    async advance(ms) {
      await admin.query(`UPDATE ${schema}.test_clock SET ms = ms + ${ms}`)
    },
    async dispose() {
      for (const store of opened) await store.close()
    },
  }
}
