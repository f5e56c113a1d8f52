import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Between a store and its server; loses an answer when it is told to. */
export class LossyRelay {
  readonly #target: URL
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #losing: string | undefined

  constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((client) => this.#accept(client))
  }

  /** Begins to listen; the server's address by way of this relay. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    const url = new URL(this.#target)
    url.port = `${port}`
    return url.href
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Breaks the connection on which the next statement is sent that has this text, when its answer comes. */
  loseAnswerTo(statement: string): void {
    this.#losing = statement
  }

  #accept(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname)
    let isLost = false
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    client.on('data', (data) => {
      if (this.#losing !== undefined && data.includes(this.#losing)) {
        isLost = true
        this.#losing = undefined
      }
      server.write(data)
    })
    server.on('data', (data) => (isLost ? client.destroy() : client.write(data)))
  }
}
