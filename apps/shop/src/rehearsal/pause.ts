import type { Runtime } from 'watertight'

/** Resolves after `ms` milliseconds of the runtime's time. */
export function pause(runtime: Runtime, ms: number): Promise<void> {
  return new Promise((resolve) => {
    runtime.timer(ms, resolve, true)
  })
}
