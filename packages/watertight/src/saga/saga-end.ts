import type { SagaEnd } from './definition.ts'
import type { SagaState } from './state.ts'

const UNKNOWN_CAUSE = { kind: 'defect', message: 'The cause is not recorded.' } as const

/** How an instance ended, or why it is parked; `undefined` while it goes on. */
export function endOf(sagaId: string, state: SagaState): SagaEnd | undefined {
  const { input, results, status } = state
  switch (status) {
    case 'completed':
      return { sagaId, input, results, outcome: status }
    case 'compensated':
      return { sagaId, input, results, outcome: status, cause: state.cause ?? UNKNOWN_CAUSE }
    case 'parked':
      return { sagaId, input, results, outcome: status, cause: state.parkedBecause ?? UNKNOWN_CAUSE }
    case 'running':
    case 'compensating':
      break
  }
  return undefined
}
