import { loadPeer } from '../peers.ts'
import type { OrderAppend } from './order-events.ts'

interface EmmettEvent {
  readonly type: string
  readonly data: unknown
  readonly metadata: object
}

interface EmmettStore {
  appendToStream(
    stream: string,
    events: readonly EmmettEvent[],
    options: { readonly expectedStreamVersion: unknown },
  ): Promise<unknown>
  readStream(stream: string): Promise<{ readonly events: readonly unknown[] }>
  readonly schema: { migrate(): Promise<unknown> }
}

interface Pool {
  on(event: 'error', listener: () => void): void
  end(): Promise<void>
}

/** Emmett's PostgreSQL store, on a pool of ours. */
export interface Emmett {
  append(append: OrderAppend): Promise<void>
  /** How many events the order has. */
  read(order: string): Promise<number>
  close(): Promise<void>
}

/**
 * Opens it with so many connections. It gets the order as `order:ID`, its convention, and the same data and metadata as ours;
 * ids of events it makes by itself.
 */
export async function openEmmett(url: string, connections: number): Promise<Emmett> {
  const { getPostgreSQLEventStore } = await loadPeer<{
    readonly getPostgreSQLEventStore: (url: string, options: object) => EmmettStore
  }>('@event-driven-io/emmett-postgresql')
  const { STREAM_DOES_NOT_EXIST } = await loadPeer<{ STREAM_DOES_NOT_EXIST: unknown }>('@event-driven-io/emmett')
  const { default: driver } = await loadPeer<{ default: { Pool: new (options: object) => Pool } }>('pg')
  const pool = new driver.Pool({ connectionString: url, max: connections })
  // What fails is told by the call that fails.
  pool.on('error', () => undefined)
  const store = getPostgreSQLEventStore(url, { connectionOptions: { pooled: true, pool } })
  await store.schema.migrate()
  return {
    async append({ order, events, version }) {
      await store.appendToStream(
        `order:${order}`,
        events.map(({ type, data, meta }) => ({ type, data, metadata: { ...meta } })),
        { expectedStreamVersion: version === 0 ? STREAM_DOES_NOT_EXIST : BigInt(version) },
      )
    },
    async read(order) {
      return (await store.readStream(`order:${order}`)).events.length
    },
    close: () => pool.end(),
  }
}
