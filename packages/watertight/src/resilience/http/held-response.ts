import type { Runtime } from '../../runtime/runtime.ts'
import { sameResponse } from './same-response.ts'

/** A response whose body is watched until it ends. */
export interface HeldResponse {
  readonly response: Response
  /** Nobody will read it: frees the connection. */
  discard(): void
}

/**
 * The same response, and `ended` is called once when its body is through: read to its end, broken, cancelled, discarded, or at
 * the latest after `holdMs`, so that a body that nobody reads does not keep its permits for ever.
 */
export function heldResponse(
  response: Response,
  runtime: Runtime,
  holdMs: number,
  released: () => void,
  ended: () => void,
): HeldResponse {
  const { body } = response
  if (body === null) {
    released()
    ended()
    return { response, discard: () => undefined }
  }
  const bound = runtime.timer(holdMs, released, false)
  const reader = body.getReader()
  const end = (): void => {
    bound.cancel()
    released()
    ended()
  }
  reader.closed.then(end, end)
  const cancel = async (reason: unknown): Promise<void> => {
    // It may be broken already; then there is nothing to free.
    await reader.cancel(reason).catch(() => undefined)
  }
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel,
    },
    { highWaterMark: 0 },
  )
  return { response: sameResponse(response, stream), discard: () => void cancel(undefined) }
}
