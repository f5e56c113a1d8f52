import type { SagaEngine } from 'watertight/saga'

/** Counts how sagas end in this process, for its snapshot. */
export class SagaCounts {
  readonly #engine: SagaEngine
  readonly #compensating = new Set<string>()
  readonly #parked: Set<string>
  #completed = 0
  #compensated = 0

  /** Listens from now on; parked ones of earlier processes are looked up. */
  static async of(engine: SagaEngine): Promise<SagaCounts> {
    const counts = new SagaCounts(engine)
    for (const { id } of await engine.parked()) counts.#parked.add(id)
    return counts
  }

  private constructor(engine: SagaEngine) {
    this.#engine = engine
    this.#parked = new Set()
    engine.events.on('saga.compensating', ({ id }) => this.#compensating.add(id))
    engine.events.on('saga.parked', ({ id }) => {
      this.#compensating.delete(id)
      this.#parked.add(id)
    })
    engine.events.on('saga.resumed', ({ id }) => this.#parked.delete(id))
    engine.events.on('saga.stepDone', ({ id }) => this.#parked.delete(id))
    engine.events.on('saga.completed', ({ id }) => {
      this.#parked.delete(id)
      this.#completed++
    })
    engine.events.on('saga.compensated', ({ id }) => {
      this.#parked.delete(id)
      this.#compensating.delete(id)
      this.#compensated++
    })
  }

  /** `running`: unfinished ones in memory, those that wait and that turn back included. The rest counts since the start. */
  snapshot(): Readonly<Record<string, number>> {
    return {
      running: this.#engine.active,
      compensating: this.#compensating.size,
      parked: this.#parked.size,
      completed: this.#completed,
      compensated: this.#compensated,
    }
  }
}
