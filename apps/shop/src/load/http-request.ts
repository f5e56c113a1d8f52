import type { Dispatcher } from 'undici'
import type { Connections } from './connections.ts'

/** What came back: `status` 0 when there was no answer, and `error` then. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly error?: Error
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const FIRST_REFUSAL = 400

/**
 * One request on undici's lowest floor: no promise, no stream, no signal, and the body is kept only when `keepBody` or when it
 * is a refusal. One process sends hundreds of these a second beside the shop it measures.
 */
export function send(
  connections: Connections,
  request: HttpRequest,
  keepBody: boolean,
  done: (answer: Answer) => void,
): { abort: () => void } {
  let controller: Dispatcher.DispatchController | undefined
  let aborted = false
  let status = 0
  let chunks: Buffer[] | undefined
  const connection = connections.take()
  const settle = (answer: Answer): void => {
    connections.giveBack(connection)
    if (!aborted) done(answer)
  }
  connection.dispatch(
    { method: request.method, path: request.path, headers: request.headers, body: request.body ?? null },
    {
      onRequestStart(started) {
        controller = started
        if (aborted) started.abort(new Error('given up'))
      },
      onResponseStart(_controller, statusCode) {
        status = statusCode
        chunks = keepBody || statusCode >= FIRST_REFUSAL ? [] : undefined
      },
      onResponseData(_controller, chunk) {
        chunks?.push(chunk)
      },
      onResponseEnd() {
        settle({ status, body: chunks === undefined ? '' : Buffer.concat(chunks).toString('utf8') })
      },
      onResponseError(_controller, error) {
        settle({ status: 0, body: '', error })
      },
    },
  )
  return {
    abort() {
      aborted = true
      controller?.abort(new Error('given up'))
    },
  }
}
