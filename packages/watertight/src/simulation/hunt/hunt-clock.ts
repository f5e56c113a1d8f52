import type { Runtime } from '../../runtime/runtime.ts'

/** What a hunt needs of the world it runs in: a runtime whose time passes when it is told to. */
export interface HuntClock extends Runtime {
  /** Calls `fire` at an instant of `now()`, without a way back. */
  schedule(atMs: number, fire: () => void): void
}
