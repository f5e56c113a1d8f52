import { Client } from 'undici'
import { LOOPBACK } from '../process/config.ts'

const KEEP_ALIVE_MS = 20_000

/**
 * As many connections to one port as there are requests under way, the one used last first. Taking and giving back cost the
 * same with ten thousand of them as with ten: when the shop stops answering, the load must not slow down with it.
 */
export class Connections {
  readonly #origin: string
  readonly #all: Client[] = []
  readonly #idle: Client[] = []

  constructor(port: number) {
    this.#origin = `http://${LOOPBACK}:${port}`
  }

  /** A connection that nobody uses; give it back when its answer has come or was given up. */
  take(): Client {
    return this.#idle.pop() ?? this.#open()
  }

  giveBack(connection: Client): void {
    this.#idle.push(connection)
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((connection) => connection.destroy()))
  }

  #open(): Client {
    const connection = new Client(this.#origin, {
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      connectTimeout: KEEP_ALIVE_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    })
    this.#all.push(connection)
    return connection
  }
}
