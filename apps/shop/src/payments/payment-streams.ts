import type { Runtime } from 'watertight'
import { type Store, type StreamId, streamId, type Version } from 'watertight/store'
import { evolve, NEW_PAYMENT, type PaymentEvent, type PaymentState } from './payment.ts'

/** A payment as its stream tells it. */
export interface LoadedPayment {
  readonly key: string
  readonly state: PaymentState
  readonly version: Version
}

const PAGE = 500

/** The payments' event streams. */
export class PaymentStreams {
  readonly #store: Store
  readonly #runtime: Runtime

  constructor(store: Store, runtime: Runtime) {
    this.#store = store
    this.#runtime = runtime
  }

  async load(key: string): Promise<LoadedPayment> {
    let state = NEW_PAYMENT
    let read = 0
    for (;;) {
      const { events, version } = await this.#store.readStream(streamOf(key), { from: read + 1, max: PAGE })
      for (const event of events) state = evolve(state, event as PaymentEvent)
      read += events.length
      if (events.length === 0 || read >= version) return { key, state, version: read }
    }
  }

  /** Appends at exactly the loaded version. `undefined`: somebody else was quicker; load again. */
  async append(payment: LoadedPayment, events: readonly PaymentEvent[]): Promise<LoadedPayment | undefined> {
    const { key, version } = payment
    const state = events.reduce(evolve, payment.state)
    const committed = await this.#store.commit({
      appends: [
        {
          stream: streamOf(key),
          expected: version === 0 ? 'absent' : version,
          appendId: this.#runtime.id(),
          events: events.map(({ type, data }) => ({
            id: this.#runtime.id(),
            type,
            schema: 1,
            data,
            meta: { correlation: state.orderId, causation: key },
          })),
        },
      ],
    })
    return committed.ok ? { key, state, version: version + events.length } : undefined
  }
}

function streamOf(key: string): StreamId {
  return streamId('payment', key)
}
