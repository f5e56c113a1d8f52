import type { Chances } from './chances.ts'
import type { HuntClock } from './hunt-clock.ts'

/** What the parts of a hunted system share. */
export interface HuntHost {
  readonly world: HuntClock
  readonly chances: Chances
  /** How long an ordinary journey over the network takes: 1 is usual, 0 is no time at all. */
  readonly pace: number
  /** One line of the trace. */
  readonly trace: (text: string) => void
  /** Something took effect: what must always hold is looked at. */
  readonly changed: () => void
  /** Something arrives late: there is no rest before it has. */
  readonly later: (inMs: number, run: () => void) => void
  /** An error that belongs to nobody in a process. */
  readonly reported: (process: string, error: unknown) => void
}
