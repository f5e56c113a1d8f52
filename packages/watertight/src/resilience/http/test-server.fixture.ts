import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** Answers one request; `n` counts them, from 1. */
type Answer = (request: IncomingMessage, response: ServerResponse, n: number) => void

/** A server on the loopback address that does what a test wants. */
export class TestServer {
  readonly url: string
  /** What has come in. */
  readonly requests: { readonly method: string; readonly headers: IncomingMessage['headers']; body: string }[] = []
  readonly #server: Server

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  static async start(answer: Answer): Promise<TestServer> {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const started = new TestServer(server, `http://127.0.0.1:${port}`)
    server.on('request', (request, response) => {
      const seen = { method: request.method ?? '', headers: request.headers, body: '' }
      started.requests.push(seen)
      request.on('data', (chunk: Buffer) => (seen.body += chunk.toString()))
      request.on('error', () => undefined)
      answer(request, response, started.requests.length)
    })
    return started
  }

  /** Connections that are open now. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
    })
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }
}

/** Waits until `condition` holds: for what happens on the other side of a socket. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2))
}
