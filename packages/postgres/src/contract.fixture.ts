import type { Client } from 'pg'
import { afterAll, beforeAll } from 'vitest'
import type { Store } from 'watertight/store'
import { HELD_TYPE, type StoreFixture } from 'watertight/testing'
import type { PostgresStoreOptions } from './options.ts'
import { postgresStore } from './postgres-store.ts'
import { connectTo, freshSchema, type TestServer } from './test-server.fixture.ts'

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

async function untilSomebodyWaits(admin: Client): Promise<void> {
  const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = ${HOLD} AND NOT granted`
  while ((await admin.query(waiting)).rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A schema for the tests of one `describe`, made before them and dropped after; its clock stands still until it is advanced. */
export interface PreparedSchema {
  readonly schema: string
  /** A connection of somebody else's. */
  readonly admin: () => Client
  /** An empty store. */
  readonly fixture: (options?: Partial<PostgresStoreOptions>) => Promise<StoreFixture>
}

/** To be called inside a `describe`. Ends the server as well. */
export function preparedSchema(server: TestServer): PreparedSchema {
  const { url } = server
  const schema = freshSchema()
  let admin: Client
  beforeAll(async () => {
    admin = await connectTo(url)
    await (await postgresStore({ url, schema })).close()
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
  })
  afterAll(async () => {
    await admin.query(`DROP SCHEMA ${schema} CASCADE`)
    await admin.end()
    await server.stop()
  })
  return { schema, admin: () => admin, fixture: (options) => emptyStore(admin, { url, ...options, schema }) }
}

async function emptyStore(admin: Client, options: PostgresStoreOptions & { schema: string }): Promise<StoreFixture> {
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
      async holdCommits() {
        const release = await heldUntil(options.url, `SELECT pg_advisory_xact_lock(${HOLD}, 0)`, [])
        return { release, stopped: () => untilSomebodyWaits(admin) }
      },
    },
    async dispose() {
      for (const store of opened) await store.close()
    },
  }
}
