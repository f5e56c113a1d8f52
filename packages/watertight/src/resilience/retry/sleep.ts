import type { CancelToken } from '../../runtime/cancellation.ts'
import type { Runtime } from '../../runtime/runtime.ts'

/** Waits; true when the time has passed, false at once when `cancel` is cancelled before. Leaves no timer and no listener. */
export function sleep(runtime: Runtime, ms: number, cancel: CancelToken): Promise<boolean> {
  if (cancel.cancelled) return Promise.resolve(false)
  if (ms <= 0) return Promise.resolve(true)
  return new Promise((resolve) => {
    const timer = runtime.timer(
      ms,
      () => {
        removeListener()
        resolve(true)
      },
      true,
    )
    const removeListener = cancel.onCancel(() => {
      timer.cancel()
      resolve(false)
    })
  })
}
