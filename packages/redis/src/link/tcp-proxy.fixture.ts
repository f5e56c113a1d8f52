import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way to Redis that a test can cut or block. */
export class TcpProxy {
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  #server: Server
  #port = 0

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer((socket) => this.#accept(socket))
  }

  static async to(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url))
    await proxy.open()
    return proxy
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`
  }

  /** Lets connections through, on the same port as before. */
  async open(): Promise<void> {
    this.#server = createServer((socket) => this.#accept(socket)).listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address !== null && typeof address === 'object') this.#port = address.port
  }

  /** Ends all connections and accepts none: what a killed server looks like. */
  async cut(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Keeps the connections and passes nothing on: what a server looks like that stands still. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  thaw(): void {
    for (const socket of this.#sockets) socket.resume()
  }

  #accept(socket: Socket): void {
    const { hostname, port } = this.#target
    const upstream = connect(Number(port), hostname)
    this.#join(socket, upstream)
    this.#join(upstream, socket)
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('data', (data) => to.write(data))
    from.on('error', () => from.destroy())
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }
}
