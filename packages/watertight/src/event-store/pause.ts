import type { Runtime } from '../runtime/runtime.ts'

/**
 * Waits as housekeeping does, without holding the process unless `hold` says that a call waits for it; ends early when
 * `signal` aborts. Leaves no listener and no timer.
 */
export function pause(runtime: Runtime, ms: number, signal: AbortSignal, hold = false): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = runtime.timer(ms, end, hold)
    signal.addEventListener('abort', end)
  })
}
