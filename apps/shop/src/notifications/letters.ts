import type { Runtime } from 'watertight'
import { WatertightError } from 'watertight'
import { type Row, type Store, streamId } from 'watertight/store'
import type { NotificationRequest } from '../contract/fulfilment.ts'

const WAITING = 'letters-waiting'

/** Row of table `letters-waiting`: what still has to be sent. The row goes when the letter has gone. */
export interface WaitingLetter extends NotificationRequest {
  /** Epoch milliseconds. */
  readonly since: number
}

/** How a letter ended. */
export type LetterEnd = 'sent' | 'given-up'

/** Names a letter: at most one per order and kind. */
export function letterKey({ orderId, kind }: Pick<NotificationRequest, 'orderId' | 'kind'>): string {
  return `order-${orderId}-${kind}`
}

/** The letters of the shop: recorded once per order and kind, and kept in a list until they are sent. */
export class Letters {
  readonly #store: Store
  readonly #runtime: Runtime

  constructor({ store, runtime }: { readonly store: Store; readonly runtime: Runtime }) {
    this.#store = store
    this.#runtime = runtime
  }

  /** True when it was recorded now, false when it had been before. */
  async record(request: NotificationRequest): Promise<boolean> {
    const key = letterKey(request)
    const since = this.#runtime.wallTime()
    const committed = await this.#store.commit({
      appends: [
        {
          stream: streamId('letter', key),
          expected: 'absent',
          // Made anew each time: the version refuses a repetition, whatever the rest of the request says.
          appendId: this.#runtime.id(),
          events: [this.#event('letter.requested', request)],
        },
      ],
      rows: [{ table: WAITING, key, value: { ...request, since } satisfies WaitingLetter }],
    })
    if (committed.ok) return true
    if (committed.code === 'CONFLICT') return false
    throw new WatertightError(committed.code, `a letter was not stored: ${committed.what}`, { source: 'letters' })
  }

  /** Letters to be sent, in order of key, behind `after`. */
  waiting(max: number, after?: string): Promise<readonly (Row & { readonly key: string })[]> {
    return this.#store.scanRows(WAITING, { max, ...(after !== undefined && { after }) })
  }

  /** Takes a letter off the list. Does nothing when that was done before. */
  async finish(request: NotificationRequest, end: LetterEnd): Promise<void> {
    const key = letterKey(request)
    await this.#store.commit({
      appends: [
        {
          stream: streamId('letter', key),
          expected: 1,
          appendId: 'finished',
          events: [
            this.#event(end === 'sent' ? 'letter.sent' : 'letter.givenUp', {
              orderId: request.orderId,
              kind: request.kind,
            }),
          ],
        },
      ],
      rows: [{ table: WAITING, key, value: undefined }],
    })
  }

  #event(type: string, data: Pick<NotificationRequest, 'orderId' | 'kind'>) {
    return {
      id: this.#runtime.id(),
      type,
      schema: 1,
      data,
      meta: { correlation: data.orderId, causation: letterKey(data) },
    }
  }
}
