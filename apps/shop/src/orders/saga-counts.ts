import type { SagaEngine } from 'watertight/saga'

/** Counts sagas by state, from what the engine tells, for the snapshot of the process. */
export class SagaCounts {
  readonly #engine: SagaEngine
  readonly #compensating = new Set<string>()
  readonly #parked = new Set<string>()
  #completed = 0
  #compensated = 0
  #unfinished = 0

  /** Listens from now on; those that were parked before are looked up. */
  static async of(engine: SagaEngine): Promise<SagaCounts> {
    const counts = new SagaCounts(engine)
    for (const { id } of await engine.parked()) counts.#parked.add(id)
    return counts
  }

  private constructor(engine: SagaEngine) {
    const { events } = engine
    this.#engine = engine
    events.on('saga.compensating', ({ id }) => {
      this.#parked.delete(id)
      this.#compensating.add(id)
    })
    events.on('saga.parked', ({ id }) => {
      this.#compensating.delete(id)
      this.#parked.add(id)
    })
    events.on('saga.resumed', ({ id }) => this.#parked.delete(id))
    events.on('saga.stepDone', ({ id }) => this.#parked.delete(id))
    events.on('saga.completed', ({ id }) => {
      this.#forget(id)
      this.#completed++
    })
    events.on('saga.compensated', ({ id }) => {
      this.#forget(id)
      this.#compensated++
    })
  }

  /** How many orders the database says have not ended, parked ones included: after a crash they are there before the engine has them. */
  setUnfinished(orders: number): void {
    this.#unfinished = orders
  }

  /** `waiting`: in the database, but not yet in memory. `completed` and `compensated` count since the start. */
  snapshot(): Readonly<Record<string, number>> {
    const { active } = this.#engine
    return {
      running: Math.max(0, active - this.#compensating.size),
      waiting: Math.max(0, this.#unfinished - this.#parked.size - active),
      compensating: this.#compensating.size,
      parked: this.#parked.size,
      completed: this.#completed,
      compensated: this.#compensated,
    }
  }

  #forget(id: string): void {
    this.#parked.delete(id)
    this.#compensating.delete(id)
  }
}
