import type { SagaEngine } from 'watertight/saga'

/** Which orders wait for their payment, by what the engine tells; those of an earlier process are not counted. */
export class PaymentQueue {
  readonly #waiting = new Set<string>()

  constructor(events: SagaEngine['events']) {
    const leave = ({ id }: { readonly id: string }): void => {
      this.#waiting.delete(id)
    }
    events.on('saga.started', ({ id }) => this.#waiting.add(id))
    events.on('saga.stepDone', (event) => {
      if (event.step === 'charge') leave(event)
    })
    events.on('saga.compensating', leave)
    events.on('saga.parked', leave)
  }

  get length(): number {
    return this.#waiting.size
  }
}
