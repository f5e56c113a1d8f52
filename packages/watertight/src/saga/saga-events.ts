import type { Emitter } from '../runtime/emitter.ts'
import type { SagaCause, SagaEvent } from './saga-event.ts'
import type { InstanceId } from './unfinished-index.ts'

/** What an engine tells its listeners; a durable fact is told when it is durable. */
export interface SagaEvents {
  'saga.started': InstanceId
  'saga.stepStarted': InstanceId & { readonly step: string; readonly attempt: number }
  /** How the step left the list of what is to be done. */
  'saga.stepDone': InstanceId & { readonly step: string; readonly how: 'done' | 'skipped' | 'undone' }
  /** A transient failure: it is tried again in `inMs` milliseconds. */
  'saga.retrying': InstanceId & {
    readonly step: string
    readonly attempt: number
    readonly inMs: number
    readonly message: string
  }
  /** The step's pipeline refused the call: it was not made, and waits. */
  'saga.refused': InstanceId & { readonly step: string; readonly code: string }
  'saga.compensating': InstanceId & { readonly cause: SagaCause }
  'saga.completed': InstanceId
  'saga.compensated': InstanceId
  /** It waits for a person. */
  'saga.parked': InstanceId & { readonly cause: SagaCause }
  'saga.resumed': InstanceId & { readonly reason: string }
}

/** Tells listeners of a recorded event; not every one is worth telling. */
export function tell(events: Emitter<SagaEvents>, id: InstanceId, { type, data }: SagaEvent): void {
  switch (type) {
    case 'started':
      return events.emit('saga.started', id)
    case 'done':
    case 'skipped':
    case 'undone':
      return events.emit('saga.stepDone', { ...id, step: data.step, how: type })
    case 'compensating':
      return events.emit('saga.compensating', { ...id, cause: data.cause })
    case 'parked':
      return events.emit('saga.parked', { ...id, cause: data.cause })
    case 'completed':
      return events.emit('saga.completed', id)
    case 'compensated':
      return events.emit('saga.compensated', id)
    case 'resumed':
      return events.emit('saga.resumed', { ...id, reason: data.reason })
    case 'intended':
    case 'waiting':
  }
}
