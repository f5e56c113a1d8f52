import type { Version } from '../store/position.ts'
import type { SagaCause, SagaEvent } from './saga-event.ts'

/** `clean`: it was tried, and definitely had no effect. */
export type StepStatus = 'intended' | 'done' | 'skipped' | 'clean' | 'undone'

/** Where a saga is: in the forward direction, on its way back, waiting for a person, or at one of its two ends. */
export type SagaStatus = 'running' | 'compensating' | 'parked' | 'completed' | 'compensated'

/** What the events of an instance add up to. */
export interface SagaState {
  readonly saga: string
  /** The version of the definition it was started with, which it keeps. */
  readonly definitionVersion: number
  readonly digest: string
  readonly input: unknown
  readonly status: SagaStatus
  /** What a parked instance was doing. */
  readonly parkedWhile: 'running' | 'compensating' | undefined
  readonly results: Readonly<Record<string, unknown>>
  readonly steps: Readonly<Record<string, StepStatus>>
  /** The step whose intent is recorded and whose result is not. */
  readonly current: string | undefined
  /** The attempts made before the instance was put to sleep, when it is asleep. */
  readonly sleptAfter: number | undefined
  /** Why it turned back. */
  readonly cause: SagaCause | undefined
  /** Why it is parked. */
  readonly parkedBecause: SagaCause | undefined
  /** The version of the instance's stream. */
  readonly version: Version
}

const NOTHING: SagaState = {
  saga: '',
  definitionVersion: 0,
  digest: '',
  input: undefined,
  status: 'running',
  parkedWhile: undefined,
  results: {},
  steps: {},
  current: undefined,
  sleptAfter: undefined,
  cause: undefined,
  parkedBecause: undefined,
  version: 0,
}

/** Folds events onto a state; without one, from the beginning. */
export function fold(state: SagaState | undefined, events: readonly SagaEvent[]): SagaState {
  return events.reduce(evolve, state ?? NOTHING)
}

function evolve(before: SagaState, event: SagaEvent): SagaState {
  const state: SagaState = { ...before, version: before.version + 1, sleptAfter: undefined }
  switch (event.type) {
    case 'started': {
      const { saga, version, digest, input } = event.data
      return { ...state, saga, definitionVersion: version, digest, input }
    }
    case 'intended':
      return { ...state, current: event.data.step, steps: { ...state.steps, [event.data.step]: 'intended' } }
    case 'done': {
      const { step, result } = event.data
      return {
        ...forwards(state),
        results: { ...state.results, [step]: result },
        steps: { ...state.steps, [step]: 'done' },
      }
    }
    case 'skipped': {
      const { step, effect } = event.data
      return { ...forwards(state), steps: { ...state.steps, [step]: effect === 'none' ? 'clean' : 'skipped' } }
    }
    case 'waiting':
      return { ...state, sleptAfter: event.data.attempt }
    case 'compensating': {
      const { cause, effect } = event.data
      const clean = effect === 'none' && state.current !== undefined
      const steps = clean ? { ...state.steps, [state.current]: 'clean' as const } : state.steps
      return { ...unparked(state), status: 'compensating', current: undefined, cause, steps }
    }
    case 'undone':
      return {
        ...unparked(state),
        status: 'compensating',
        steps: { ...state.steps, [event.data.step]: 'undone' },
      }
    case 'completed':
      return { ...state, status: 'completed', current: undefined }
    case 'compensated':
      return { ...state, status: 'compensated' }
    case 'parked':
      return {
        ...state,
        status: 'parked',
        parkedWhile: state.status === 'compensating' ? 'compensating' : 'running',
        parkedBecause: event.data.cause,
      }
    case 'resumed':
      break
  }
  return { ...unparked(state), status: state.parkedWhile ?? state.status }
}

function forwards(state: SagaState): SagaState {
  return { ...unparked(state), status: 'running', current: undefined }
}

function unparked(state: SagaState): SagaState {
  return { ...state, parkedWhile: undefined, parkedBecause: undefined }
}
