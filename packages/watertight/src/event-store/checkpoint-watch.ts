import type { Position } from '../store/position.ts'
import type { Store } from '../store/store.ts'

interface Waiter {
  readonly position: Position
  end(isHandled: boolean): void
}

const watches = new WeakMap<Store, Map<string, Set<Waiter>>>()
const origins = new WeakMap<Store, Store>()

/** Says that `face` is another way to reach `store`: who waits at the one hears of what is handled through the other. */
export function standsFor(face: Store, store: Store): void {
  origins.set(face, originOf(store))
}

function originOf(store: Store): Store {
  return origins.get(store) ?? store
}

/** Tells who waits in this process that a subscription has handled everything up to a position. */
export function tellHandled(store: Store, name: string, position: Position): void {
  for (const waiter of watches.get(originOf(store))?.get(name) ?? []) if (waiter.position <= position) waiter.end(true)
}

/**
 * Resolves with true when a member of this process has handled everything up to `position` from now on, with false when
 * `signal` aborts. A member in another process tells nobody here: look at the checkpoint now and then.
 */
export function handledHere(store: Store, name: string, position: Position, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const names = watches.get(originOf(store)) ?? new Map<string, Set<Waiter>>()
    watches.set(originOf(store), names)
    const waiters = names.get(name) ?? new Set<Waiter>()
    names.set(name, waiters)
    const end = (isHandled: boolean): void => {
      signal.removeEventListener('abort', onAbort)
      waiters.delete(waiter)
      if (waiters.size === 0 && names.get(name) === waiters) names.delete(name)
      resolve(isHandled)
    }
    const onAbort = (): void => end(false)
    const waiter: Waiter = { position, end }
    signal.addEventListener('abort', onAbort)
    waiters.add(waiter)
  })
}
