import type { BreakerState } from 'watertight'

/** What a process says of a dependency; `none`: it knows nothing. */
export type Vote = 'open' | 'closed' | 'none'

type Knowledge = Pick<BreakerState, 'circuit' | 'mode' | 'calls' | 'probes' | 'retryAfterMs'>

/**
 * What a breaker knows from its own calls. `open` while it refuses or tries out; `closed` when it has seen calls and is closed. A
 * breaker that may probe but has no call to do it with, that has seen nothing, or that somebody set by hand knows nothing:
 * an idle process must neither keep others out nor outvote those that see the failures.
 */
export function voteOf({ circuit, mode, calls, probes, retryAfterMs = 0 }: Knowledge): Vote {
  if (mode !== 'normal') return 'none'
  if (circuit === 'closed') return calls > 0 ? 'closed' : 'none'
  return circuit === 'open' ? (retryAfterMs > 0 ? 'open' : 'none') : probes > 0 ? 'open' : 'none'
}

/** Whether so many votes open the circuits of all: `quorum` voters at least, and more than half of them for it. */
export function majorityOpens(open: number, closed: number, quorum: number): boolean {
  return open + closed >= quorum && open > closed
}
