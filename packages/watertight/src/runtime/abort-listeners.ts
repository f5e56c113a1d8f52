import { ListenerList } from './listener-list.ts'
import { report } from './report.ts'

/** Our one listener on a signal, and everyone it tells. */
class Hub {
  readonly #signal: AbortSignal
  readonly #listeners = new ListenerList()
  readonly #fire: () => void

  constructor(signal: AbortSignal) {
    this.#signal = signal
    this.#fire = () => {
      this.#signal.removeEventListener('abort', this.#fire)
      this.#listeners.drain(report)
    }
  }

  add(listener: () => void): () => void {
    if (this.#listeners.empty) this.#signal.addEventListener('abort', this.#fire)
    const remove = this.#listeners.add(listener)
    return () => {
      if (this.#listeners.empty) return
      remove()
      if (this.#listeners.empty) this.#signal.removeEventListener('abort', this.#fire)
    }
  }
}

const hubs = new WeakMap<AbortSignal, Hub>()

/**
 * Calls `listener` when `signal` aborts, until the returned function is called; the last one to leave takes our listener off
 * the signal. However many follow one signal, it carries a single native listener: the native list is searched on each
 * addition and removal, so that thousands of calls under one shutdown signal would cost the square of their number.
 *
 * A signal that has aborted already never calls: look at `signal.aborted` first.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let hub = hubs.get(signal)
  if (hub === undefined) {
    hub = new Hub(signal)
    hubs.set(signal, hub)
  }
  return hub.add(listener)
}
