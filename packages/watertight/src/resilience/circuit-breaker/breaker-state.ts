import { invalidOption, requireBetween, requireInteger, requireOneOf } from '../../runtime/option.ts'
import type { BreakerMode } from './breaker-options.ts'

/** What a circuit breaker is doing: plain data, which can be saved and restored. */
export interface BreakerState {
  readonly circuit: 'closed' | 'open' | 'half-open'
  readonly mode: BreakerMode
  /** Of the calls in the window. */
  readonly calls: number
  readonly failures: number
  readonly slow: number
  /** Failures since the last success. */
  readonly failuresInARow: number
  /** Openings since it was last closed. */
  readonly openings: number
  /** Milliseconds until the next probe, while open. */
  readonly retryAfterMs: number | undefined
  /** Probes under way, while half-open. */
  readonly probes: number
}

/** What a breaker takes over from a state that was saved. */
export type SavedState = Pick<
  BreakerState,
  'circuit' | 'calls' | 'failures' | 'slow' | 'failuresInARow' | 'openings'
> & {
  readonly retryAfterMs: number
}

const CIRCUITS = ['closed', 'open', 'half-open'] as const

/** Checks what was read back from outside. @throws WatertightError `INVALID_OPTION` */
export function savedState(state: Partial<BreakerState>): SavedState {
  const { calls = 0, failures = 0, slow = 0, failuresInARow = 0, openings = 0, retryAfterMs = 0 } = state
  if (state.circuit === undefined)
    throw invalidOption('circuit', state.circuit, "given: 'closed', 'open' or 'half-open'")
  requireInteger('calls', calls, 0)
  return {
    circuit: requireOneOf('circuit', state.circuit, CIRCUITS),
    calls,
    failures: requireInteger('failures', requireBetween('failures', failures, 0, calls), 0),
    slow: requireInteger('slow', requireBetween('slow', slow, 0, calls), 0),
    failuresInARow: requireInteger('failuresInARow', failuresInARow, 0),
    openings: requireInteger('openings', openings, 0),
    retryAfterMs: requireBetween('retryAfterMs', retryAfterMs, 0, Number.MAX_SAFE_INTEGER),
  }
}
