import { WatertightError } from '../../runtime/error.ts'
import type { Commit, Committed } from '../../store/commit.ts'
import type { Store } from '../../store/store.ts'
import type { HuntHost } from './hunt-host.ts'

/** Told of each commit that was applied or refused, in the order of the database. */
export type CommitListener = (commit: Commit, committed: Committed, by: string) => void

/** A request on its way, which breaks when the database restarts. */
export interface Connection {
  /** Called when it breaks. */
  broken(): void
}

/**
 * A database server: any store, standing still for as long as it restarts, and refusing to write while its disk is full. Its
 * clock is the world's own.
 */
export class Database {
  readonly name: string
  /** The store itself, without faults: for what looks from outside. */
  readonly store: Store
  readonly #host: HuntHost
  readonly #listeners: CommitListener[] = []
  readonly #connections = new Set<Connection>()
  #isUp = true
  #isFull = false

  constructor(name: string, host: HuntHost, store: Store) {
    this.name = name
    this.#host = host
    this.store = store
  }

  get isUp(): boolean {
    return this.#isUp
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener)
  }

  connect(connection: Connection): void {
    this.#connections.add(connection)
  }

  disconnect(connection: Connection): void {
    this.#connections.delete(connection)
  }

  /** Commits, unless the disk is full. */
  async commit(commit: Commit, by: string): Promise<Committed> {
    if (this.#isFull) throw unavailable(this.name, 'its disk is full')
    const committed = await this.store.commit(commit)
    this.#host.trace(`${by} commits ${told(commit)}${resultOf(committed)}`)
    for (const listener of this.#listeners) listener(commit, committed, by)
    this.#host.changed()
    return committed
  }

  /** Breaks all connections; nobody gets one until it is up again. */
  restart(downMs: number): void {
    const { world, trace } = this.#host
    trace(`database ${this.name} restarts, down for ${Math.round(downMs)} ms`)
    this.#isUp = false
    for (const connection of this.#connections) connection.broken()
    world.schedule(world.now() + downMs, () => this.#up())
  }

  /** Refuses to write for a while. */
  fill(forMs: number): void {
    const { world, trace } = this.#host
    trace(`database ${this.name}: its disk is full for ${Math.round(forMs)} ms`)
    this.#isFull = true
    world.schedule(world.now() + forMs, () => {
      this.#isFull = false
    })
  }

  heal(): void {
    this.#isFull = false
    this.#up()
  }

  #up(): void {
    this.#isUp = true
  }
}

/** What a client of a database that cannot be reached is told: whether it happened is unknown. */
export function unavailable(name: string, why: string): WatertightError {
  return WatertightError.withoutStack('STORE_UNAVAILABLE', `The database ${name} is unavailable: ${why}.`, {
    retryable: true,
    source: name,
  })
}

function told({ appends = [], inbox, checkpoint, timers, keys, rows = [], fence }: Commit): string {
  const parts = appends.map(({ stream, events }) => `${stream.id}: ${events.map(({ type }) => type).join(', ')}`)
  if (inbox) parts.push(`message ${inbox.id}`)
  if (checkpoint) parts.push(`checkpoint ${checkpoint.name} ${checkpoint.from}..${checkpoint.to}`)
  if (timers?.set?.length) parts.push(`${timers.set.length} timers`)
  if (keys) parts.push('keys')
  const tables = new Set(rows.map(({ table }) => table))
  if (tables.size > 0) parts.push(`rows of ${[...tables].join(' and ')}`)
  if (fence) parts.push(`under epoch ${fence.epoch}`)
  return parts.join('; ')
}

function resultOf(committed: Committed): string {
  if (!committed.ok) return ` -> ${committed.code}`
  return committed.repeated ? ' -> repeated' : ''
}
