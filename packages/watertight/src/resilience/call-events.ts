import type { Line } from './line.ts'
import type { Outcome } from './outcome.ts'

/** A call that was answered, as far as events tell of it. */
interface Answered {
  readonly line: Line
  readonly id: number
  readonly outcome: Outcome<unknown> | undefined
  readonly calls: number
  readonly startedAt: number | undefined
  readonly now: number
}

/** Tells the listeners of a pipeline how a call ended. */
export function tellOfCall(answered: Answered): void {
  const { line, id: call, outcome, calls: attempts } = answered
  const { events, name: pipeline } = line
  if (outcome === undefined) return
  if (outcome.kind === 'refused') {
    if (!events.observed('call.rejected')) return
    const { by, code, retryAfterMs } = outcome
    events.emit('call.rejected', { pipeline, call, attempts, by, code, retryAfterMs })
    return
  }
  const durationMs = durationOf(answered)
  if (outcome.kind === 'success') events.emit('call.succeeded', { pipeline, call, attempts, durationMs })
  else if (outcome.kind === 'cancelled') {
    events.emit('call.cancelled', { pipeline, call, attempts, cause: outcome.cause, durationMs })
  } else {
    const { kind, error } = outcome
    events.emit('call.failed', { pipeline, call, attempts, kind, error, durationMs })
  }
}

/** Of a call that began when nobody listened yet, the time since somebody does. */
function durationOf({ startedAt, now, line }: Answered): number {
  return now - (startedAt ?? line.listenedSince)
}
