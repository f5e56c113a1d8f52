import type { Runtime } from '../runtime/runtime.ts'

/**
 * The answer of a function that the options brought along. One that throws is reported, and the answer is `otherwise`: its error
 * must not replace that of a call.
 */
export function asked<Answer>(runtime: Pick<Runtime, 'report'>, question: () => Answer, otherwise: Answer): Answer {
  try {
    return question()
  } catch (error) {
    runtime.report(error)
    return otherwise
  }
}
