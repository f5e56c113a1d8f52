import type { Runtime, Timer } from '../runtime/runtime.ts'
import type { SagaState } from './state.ts'
import type { InstanceId } from './unfinished-index.ts'
import { instanceKey } from './unfinished-index.ts'

/** Hears of an instance's later states, and of the end of hearing. */
export interface InstanceListener {
  state(state: SagaState): void
  closed(): void
}

interface Watched {
  readonly id: InstanceId
  readonly listeners: Set<InstanceListener>
}

const HOLD_MS = 60_000

/** Who waits for which instance to come somewhere. While anybody does, the process is kept alive. */
export class InstanceWatch {
  readonly #runtime: Runtime
  #held: Timer | undefined
  readonly #watched = new Map<string, Watched>()
  #closed = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Whether nobody will be told anything any more. */
  get closed(): boolean {
    return this.#closed
  }

  /** The instances that somebody waits for. */
  ids(): readonly InstanceId[] {
    return [...this.#watched.values()].map(({ id }) => id)
  }

  /** Tells `listener` each later state, until the returned function is called. */
  add(id: InstanceId, listener: InstanceListener): () => void {
    const key = instanceKey(id)
    const watched = this.#watched.get(key) ?? { id, listeners: new Set() }
    watched.listeners.add(listener)
    this.#watched.set(key, watched)
    if (this.#held === undefined) this.#hold()
    return () => {
      watched.listeners.delete(listener)
      if (watched.listeners.size === 0 && this.#watched.get(key) === watched) this.#watched.delete(key)
      if (this.#watched.size > 0) return
      this.#held?.cancel()
      this.#held = undefined
    }
  }

  /** Tells those who wait. */
  tell(id: InstanceId, state: SagaState): void {
    if (this.#watched.size === 0) return
    const watched = this.#watched.get(instanceKey(id))
    if (watched) for (const listener of watched.listeners) listener.state(state)
  }

  /** Tells everybody that no more will be heard. */
  close(): void {
    this.#closed = true
    for (const { listeners } of this.#watched.values()) {
      for (const listener of listeners) listener.closed()
    }
  }

  #hold(): void {
    this.#held = this.#runtime.timer(HOLD_MS, () => this.#hold(), true)
  }
}
