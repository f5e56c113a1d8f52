import { Client } from 'pg'
import type { Runtime, Timer } from 'watertight'
import type { Position } from 'watertight/store'
import { poolConfig } from './connections.ts'
import type { Settings } from './options.ts'

declare module 'pg' {
  // Missing in the published types: lets the process end while the connection idles, and takes that back.
  interface Client {
    ref(): void
    unref(): void
  }
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5_000

/** The channel on which stores of one schema tell each other how far they have come. */
export function channelOf(schema: string): string {
  return `watertight_${schema}`
}

/**
 * Hears of the commits of other processes, on a connection of its own that holds no process. Only hints come of it: polling
 * stands behind it, while it is lost as well.
 */
export class ChangeFeed {
  readonly #settings: Settings
  readonly #runtime: Runtime
  readonly #hear: (position: Position) => void
  #client: Client | undefined
  #again: Timer | undefined
  #failures = 0
  #state: 'idle' | 'on' | 'closed' = 'idle'

  constructor(settings: Settings, hear: (position: Position) => void) {
    this.#settings = settings
    this.#runtime = settings.runtime
    this.#hear = hear
  }

  /** Begins to listen, once. */
  start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'on'
    void this.#connect()
  }

  async close(): Promise<void> {
    this.#state = 'closed'
    this.#again?.cancel()
    // Whoever closes a store waits for it.
    this.#client?.ref()
    await this.#client?.end().catch(() => undefined)
  }

  async #connect(): Promise<void> {
    const client = new Client(poolConfig(this.#settings))
    this.#client = client
    // Fires for each way to lose a connection, also while it is made.
    client.on('error', () => undefined)
    client.once('end', () => this.#lost(client))
    client.on('notification', ({ payload }) => this.#hear(Number(payload)))
    try {
      await client.connect()
      client.unref()
      await client.query(`LISTEN ${channelOf(this.#settings.schema)}`)
      this.#failures = 0
    } catch {
      // A failed attempt ends the connection as well, or does it here; polling goes on.
      await client.end().catch(() => undefined)
      this.#lost(client)
    }
  }

  #lost(client: Client): void {
    if (this.#client !== client || this.#state !== 'on') return
    this.#client = undefined
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures++, 10))
    const delay = longest * (0.5 + this.#runtime.random('postgres.listen') / 2)
    this.#again = this.#runtime.timer(delay, () => void this.#connect(), false)
  }
}
