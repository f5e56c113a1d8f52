import type { ContextCarrier, KeptContext } from './runtime.ts'

/** `AsyncLocalStorage` as far as it is used here, so that no module of Node has to be imported for its type. */
export interface AsyncStorage<T> {
  run<R>(store: T, run: () => R): R
  getStore(): T | undefined
}

interface AsyncHooks {
  readonly AsyncLocalStorage: new <T>() => AsyncStorage<T>
  readonly AsyncResource: new (type: string, triggerAsyncId: number) => KeptContext
}

interface Host {
  readonly process?: { getBuiltinModule?(name: 'async_hooks'): AsyncHooks | undefined }
}

/** What caused a carried context is told by nobody: Node looks for a cause unless it is given one. */
const ROOT_ASYNC_ID = 1

const host: Host = globalThis
const hooks = host.process?.getBuiltinModule?.('async_hooks')

/** Holds the deadline of the ambient call. Undefined where the platform has no `AsyncLocalStorage`, such as a browser. */
export const ambientDeadline: AsyncStorage<number> | undefined =
  hooks === undefined ? undefined : new hooks.AsyncLocalStorage<number>()

/** The deadline of the running call; undefined when it has none. */
export function currentDeadline(): number | undefined {
  const deadline = ambientDeadline?.getStore()
  return deadline === Infinity ? undefined : deadline
}

/** Carries the ambient context from where a call waits to where it goes on, where there is such a thing. */
export const contextCarrier: ContextCarrier | undefined =
  hooks === undefined ? undefined : { capture: () => capture(hooks), keep: keeper(hooks), deadline: currentDeadline }

/**
 * Runs something outside of every call's ambient context (in that of the first import of this module): what is armed on behalf
 * of everyone must not carry the context of whoever happened to come first, nor keep it in memory.
 */
export const runInRoot: (run: () => void) => void = hooks === undefined ? (run) => run() : capture(hooks)

/** On the path of every call that can end early: a call of its own, that finds the class without looking. */
function keeper({ AsyncResource }: AsyncHooks): () => KeptContext {
  return () => new AsyncResource('Watertight', ROOT_ASYNC_ID)
}

/** An `AsyncResource` does what `AsyncLocalStorage.snapshot` does, in a hundredth of the time: given a trigger, it looks for none. */
function keep({ AsyncResource }: AsyncHooks): KeptContext {
  return new AsyncResource('Watertight', ROOT_ASYNC_ID)
}

function capture(asyncHooks: AsyncHooks): (run: () => void) => void {
  const kept = keep(asyncHooks)
  return (run) => kept.runInAsyncScope(run)
}
