import type { Rejection } from '../event-store/rejection.ts'
import type { SagaCause } from './saga-event.ts'

const LONGEST_MESSAGE = 2_000

/** The cause when a step answered no. */
export function rejectedBy(step: string, { code, detail }: Rejection): SagaCause {
  const cause = { kind: 'rejected', step, code, message: `${step} answered ${code}.` } as const
  return detail === undefined ? cause : { ...cause, detail }
}

/** The cause when a step, or its undo, threw. */
export function causedBy(kind: 'failed' | 'defect' | 'undoFailed', step: string, error: unknown): SagaCause {
  const cause = { kind, step, message: messageOf(error) }
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? { ...cause, code } : cause
}

/** An error in words, short enough to keep. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error)
  return message.slice(0, LONGEST_MESSAGE)
}
