import type { Call } from './call.ts'
import type { Control } from './control.ts'
import type { Line } from './line.ts'
import { cancelled } from './outcome.ts'
import type { Guard } from './policy.ts'
import { Work } from './work.ts'

/** A flight, as far as the work matters that it leaves behind. */
interface Leaving {
  readonly line: Line
  readonly call: Call
  readonly attempt: number
  readonly parent: Leaving | undefined
  readonly control: Pick<Control<never>, 'keepFor' | 'cause' | 'holdMs'>
}

/** Work that keeps the permits of `flight`, and of those it is part of, until it stops. */
export function goingOn(flight: Leaving): Work {
  const work = new Work()
  const { line } = flight
  line.background++
  work.whenStopped(() => line.background--)
  for (let each: Leaving | undefined = flight; each !== undefined; each = each.parent) each.control.keepFor(work)
  return work
}

/** An admission that is waited for no longer: its permit is given back when it comes. */
export function giveBackLate({ line, control }: Leaving, admission: Promise<unknown>, guard: Guard | undefined): void {
  admission.then(
    (late) => {
      if (typeof late !== 'number') return
      guard?.settle?.(late, cancelled(control.cause), { now: line.runtime.now(), ranMs: 0 })
      guard?.end?.(late)
    },
    () => undefined,
  )
}

/** What the function does is waited for no longer. It keeps its permits until it stops, or has been held for long enough. */
export function abandon(flight: Leaving, pending: Promise<unknown>): void {
  const { line, call, attempt, control } = flight
  const work = goingOn(flight)
  line.abandoned++
  const bound = line.runtime.timer(control.holdMs, () => work.stop(), false)
  work.whenStopped(() => {
    line.abandoned--
    bound.cancel()
  })
  const stop = (): void => work.stop()
  pending.then(stop, stop)
  line.events.emit('work.abandoned', {
    pipeline: line.name,
    call: call.id,
    attempt,
    cause: control.cause,
    abandoned: line.abandoned,
  })
}
