import type { CallOutcome } from './participant-call.ts'

/** Reads what a step's `confirm` answered; an answer of another form is a defect, for guessing here could pay twice. */
export function confirmationOf(step: string, answer: unknown): CallOutcome | { readonly kind: 'notHappened' } {
  if (typeof answer === 'object' && answer !== null && 'happened' in answer) {
    if (answer.happened === false) return { kind: 'notHappened' }
    if (answer.happened === true) return { kind: 'answered', value: 'result' in answer ? answer.result : undefined }
  }
  const right = '{ happened: true, result } or { happened: false }'
  return { kind: 'defect', error: new TypeError(`confirm of step ${step} must answer ${right}.`) }
}
