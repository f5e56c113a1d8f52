import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { LOOPBACK } from '../process/config.ts'

export interface PeerRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

export type PeerAnswer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Cuts the connection instead of answering. */
  | 'cut'
  /** Never answers. */
  | 'hang'

export type PeerHandler = (request: PeerRequest) => PeerAnswer | Promise<PeerAnswer>

/** A tiny JSON server that does whatever its handler says, and remembers what it was asked. */
export interface JsonPeer {
  readonly requests: readonly PeerRequest[]
  stop(): Promise<void>
}

export async function jsonPeer(port: number, handler: PeerHandler): Promise<JsonPeer> {
  const requests: PeerRequest[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.once('end', () => {
      const text = Buffer.concat(chunks).toString()
      const request: PeerRequest = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: text === '' ? undefined : JSON.parse(text),
      }
      requests.push(request)
      void respond(incoming, response, handler(request))
    })
  })
  server.listen(port, LOOPBACK)
  await once(server, 'listening')
  return {
    requests,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function respond(
  incoming: IncomingMessage,
  response: ServerResponse,
  decided: PeerAnswer | Promise<PeerAnswer>,
): Promise<void> {
  const answer = await decided
  if (answer === 'cut') incoming.socket.destroy()
  if (typeof answer === 'string') return
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
  response.end(answer.body === undefined ? '' : JSON.stringify(answer.body))
}
