import type { Runtime } from '../runtime/runtime.ts'
import { isBusy } from './database-error.ts'

const FIRST_DELAY_MS = 1
const LONGEST_DELAY_MS = 50

/**
 * Tries a piece of database work until no other connection is in the way, at most for `limitMs`. It waits on timers, so the
 * event loop goes on; a busy timeout of SQLite's would stop it. With jitter, or two writers would meet again and again.
 *
 * @throws the last error, when the time is up or it is not about being busy.
 */
export async function whenFree<T>(runtime: Runtime, limitMs: number, work: () => T): Promise<T> {
  const until = runtime.now() + limitMs
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, LONGEST_DELAY_MS)) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || runtime.now() >= until) throw error
    }
    const pause = delay * (0.5 + runtime.random('sqlite.busy') / 2)
    await new Promise<void>((resolve) => runtime.timer(pause, resolve, true))
  }
}
