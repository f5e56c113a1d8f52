import type { Client } from 'pg'
import type { Store } from 'watertight/store'
import { HELD_TYPE, type StoreFixture } from 'watertight/testing'
import type { PostgresStoreOptions } from './options.ts'
import { postgresStore } from './postgres-store.ts'
import { connectTo } from './test-server.fixture.ts'

const TABLES = ['streams', 'events', 'inbox', 'checkpoints', 'keys', 'read_model', 'timers', 'leases']

/** The lock that held commits wait for. */
const HOLD = 0x686f6c64

/** A transaction of somebody else's that has its locks until the answer is called. */
async function heldUntil(url: string, text: string, values: readonly unknown[]): Promise<() => Promise<void>> {
  const holder = await connectTo(url)
  await holder.query('BEGIN')
  await holder.query(text, [...values])
  return async () => {
    await holder.query('COMMIT')
    await holder.end()
  }
}

/** Makes a schema whose clock stands still until it is advanced. */
export async function prepareSchema(admin: Client, options: PostgresStoreOptions & { schema: string }): Promise<void> {
  const { schema } = options
  await (await postgresStore(options)).close()
  await admin.query(`
    CREATE TABLE ${schema}.test_clock (ms double precision NOT NULL);
    INSERT INTO ${schema}.test_clock VALUES (1e12);
    CREATE OR REPLACE FUNCTION ${schema}.clock_now() RETURNS double precision LANGUAGE sql VOLATILE
      RETURN (SELECT ms FROM ${schema}.test_clock);
    CREATE FUNCTION ${schema}.hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(${HOLD}, 0);
      RETURN new;
    END $$;
    CREATE TRIGGER hold BEFORE INSERT ON ${schema}.events FOR EACH ROW WHEN (new.type = '${HELD_TYPE}')
      EXECUTE FUNCTION ${schema}.hold()`)
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
    contention: {
      holdStreams: (streams) =>
        heldUntil(options.url, `SELECT FROM ${schema}.streams WHERE id = ANY ($1) FOR UPDATE`, [
          streams.map(({ id }) => id),
        ]),
      holdCommits: () => heldUntil(options.url, `SELECT pg_advisory_xact_lock(${HOLD}, 0)`, []),
    },
    async dispose() {
      for (const store of opened) await store.close()
    },
  }
}
