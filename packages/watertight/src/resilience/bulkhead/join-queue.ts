import { refused, type Refusal } from '../outcome.ts'
import type { Site, Token } from '../policy.ts'
import type { Scope } from '../scope.ts'
import type { WaitQueue } from './wait-queue.ts'
import type { Waiter } from './waiter.ts'

/** How long a call waits, and what it is told then. */
export interface WaitLimit {
  /** Milliseconds; infinite: until its own limits end it. */
  readonly maxWaitMs: number
  readonly timeUp: () => Refusal
  /** It was cancelled, and has left. Default: nothing more happens. */
  readonly left?: () => void
}

/** Lets a call wait in `queue` until it is settled, its time is up, or it is cancelled: it leaves at once then. */
export function joinQueue<Entry extends Waiter>(
  queue: WaitQueue<Entry>,
  waiter: Entry,
  scope: Scope,
  { runtime, policy }: Site,
  { maxWaitMs, timeUp, left }: WaitLimit,
): Promise<Token | Refusal> {
  queue.join(waiter)
  if (maxWaitMs !== Infinity) {
    const leave = (): void => {
      queue.leave(waiter)
      waiter.settle(timeUp())
    }
    const timer = runtime.timer(maxWaitMs, leave, true)
    waiter.cleanUp(() => timer.cancel())
  }
  waiter.cleanUp(
    scope.cancel.onCancel(() => {
      queue.leave(waiter)
      waiter.settle(refused(policy, 'CANCELLED'))
      left?.()
    }),
  )
  return waiter.admission
}
