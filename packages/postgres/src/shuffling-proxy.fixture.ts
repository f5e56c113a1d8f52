import { createServer, connect, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

const READY_FOR_QUERY = 'Z'.charCodeAt(0)
const TERMINATE = 'X'.charCodeAt(0)
const IDLE = 'I'.charCodeAt(0)
/** Type and length before each message; the first one of a client has no type. */
const HEADER = 5

/** A connection to the server, lent to one client for one transaction at a time. */
interface Session {
  readonly socket: Socket
  client: Socket | undefined
  rest: Buffer
}

/**
 * A proxy that pools transactions, as PgBouncer does with `pool_mode = transaction`: after each one, a client gets whichever
 * session has been free longest, so that nothing it left in a session is there when it comes back. Clients bring the
 * sessions with them: each logs in on one of its own, which then goes to the pool. Refuses the start-up parameter `options`.
 */
export class ShufflingProxy {
  readonly #target: URL
  readonly #server: Server
  readonly #free: Session[] = []
  readonly #waiting: ((session: Session) => void)[] = []
  readonly #sockets = new Set<Socket>()

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((client) => this.#accept(client))
  }

  static async before(target: string): Promise<{ readonly url: string; close(): Promise<void> }> {
    const proxy = new ShufflingProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.#server.address() as AddressInfo
    const url = new URL(target)
    url.port = `${port}`
    return {
      url: url.href,
      async close() {
        for (const socket of proxy.#sockets) socket.destroy()
        await new Promise((resolve) => proxy.#server.close(resolve))
      },
    }
  }

  #accept(client: Socket): void {
    this.#keep(client)
    const session: Session = {
      socket: connect(Number(this.#target.port), this.#target.hostname),
      client,
      rest: Buffer.alloc(0),
    }
    this.#keep(session.socket)
    let own: Session | undefined = session
    let isLoggedIn = false
    let held: Buffer[] = []
    session.socket.on('data', (data) => this.#fromServer(session, data))
    client.on('data', (data) => {
      if (!isLoggedIn && data.includes('options\0')) return client.destroy()
      if (data[0] === TERMINATE) return client.destroy()
      if (own?.client === client) return own.socket.write(data)
      isLoggedIn = true
      held.push(data)
      if (held.length > 1) return undefined
      this.#lend((lent) => {
        own = lent
        lent.client = client
        lent.socket.write(Buffer.concat(held))
        held = []
      })
      return undefined
    })
    client.on('close', () => {
      // What it was doing is lost with it.
      if (own?.client === client) own.socket.destroy()
    })
  }

  #fromServer(session: Session, data: Buffer): void {
    session.client?.write(data)
    let rest = Buffer.concat([session.rest, data])
    let isFree = false
    while (rest.length >= HEADER) {
      const end = 1 + rest.readInt32BE(1)
      if (rest.length < end) break
      isFree = rest[0] === READY_FOR_QUERY && rest[HEADER] === IDLE
      rest = rest.subarray(end)
    }
    session.rest = rest
    if (!isFree || rest.length > 0) return
    session.client = undefined
    const next = this.#waiting.shift()
    if (next) next(session)
    else this.#free.push(session)
  }

  #lend(take: (session: Session) => void): void {
    const session = this.#free.shift()
    if (session) take(session)
    else this.#waiting.push(take)
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
  }
}
