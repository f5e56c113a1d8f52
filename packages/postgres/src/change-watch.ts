import type { Timer } from 'watertight'
import { ChangeHints, type Position } from 'watertight/store'
import { ChangeFeed, channelOf } from './change-feed.ts'
import type { Connections } from './connections.ts'
import type { Settings } from './options.ts'

export interface ChangeWatchOptions {
  readonly settings: Settings
  readonly connections: Connections
  /** The last position that was drawn. */
  readonly last: () => Promise<Position>
}

/**
 * Wakes those who wait for the log to grow: at once for commits of this store, by notification for those of other processes,
 * and by polling for what was not told. Looks only while somebody waits, and holds no process.
 */
export class ChangeWatch {
  readonly #options: ChangeWatchOptions
  readonly #feed: ChangeFeed
  readonly #hints: ChangeHints
  #poll: Timer | undefined
  #announcement: Timer | undefined

  constructor(options: ChangeWatchOptions) {
    this.#options = options
    this.#feed = new ChangeFeed(options.settings, (position) => this.#hints.wake(position))
    this.#hints = new ChangeHints((waiting) => (waiting ? this.#watch() : this.#poll?.cancel()))
  }

  wait(after: Position, signal: AbortSignal): Promise<void> {
    return this.#hints.wait(after, signal)
  }

  /** Told of the last position of each batch of this store. Tells other processes, of many commits at once. */
  wrote(last: Position): void {
    this.#hints.wake(last)
    const { settings, connections } = this.#options
    const { runtime, hintMs, schema, transactionPooling } = settings
    if (transactionPooling || this.#announcement !== undefined) return
    this.#announcement = runtime.timer(
      hintMs,
      () => {
        this.#announcement = undefined
        // A hint that gets lost is made up for by polling.
        connections.notify(channelOf(schema), `${last}`).catch(() => undefined)
      },
      false,
    )
  }

  /** Lets go of everybody who waits. */
  async close(): Promise<void> {
    this.#hints.wakeAll()
    this.#announcement?.cancel()
    await this.#feed.close()
  }

  #watch(): void {
    const { runtime, pollMs, transactionPooling } = this.#options.settings
    if (!transactionPooling) this.#feed.start()
    // A look under way begins the next pause, and so does who comes meanwhile: there is one.
    this.#poll?.cancel()
    this.#poll = runtime.timer(pollMs, () => void this.#look(), false)
  }

  async #look(): Promise<void> {
    try {
      this.#hints.wake(await this.#options.last())
    } catch {
      // The waiters' own next read meets the error, and can tell whom it concerns.
      this.#hints.wakeAll()
    }
    if (this.#hints.waiting > 0) this.#watch()
  }
}
