/** An instance that died, and took its requests along. */
export interface Crash {
  readonly atMs: number
  readonly instance: number
  readonly cause: string
  /** Requests that were in it. */
  readonly lost: number
}

/**
 * What a service has seen since the beginning. Every request that arrived is served, wasted, failed, lost, stopped, refused, or
 * still inside.
 */
export interface ServiceCounters {
  arrived: number
  /** Done, for somebody who waited. */
  served: number
  /** Done, for nobody: the caller had given up. */
  wasted: number
  /** Done in vain: it ended with an error. */
  failed: number
  /** Inside an instance that crashed. */
  lost: number
  /** Stopped when the caller gave up. */
  stopped: number
  /** Callers that gave up, whatever became of their requests. */
  abandoned: number
  /** By code. */
  readonly refused: Record<string, number>
  readonly crashes: Crash[]
}

/** What a service is doing now. */
export interface ServiceGauges {
  /** Requests that are being worked on. */
  readonly inFlight: number
  /** Requests that wait for a worker. */
  readonly queued: number
  /** How long the one has waited that has waited longest. */
  readonly oldestMs: number
  /** Share of the memory limit that is used in the fullest instance; 0 where there is no limit. */
  readonly memory: number
  /** Instances that are up. */
  readonly up: number
}

export function noCounts(): ServiceCounters {
  return { arrived: 0, served: 0, wasted: 0, failed: 0, lost: 0, stopped: 0, abandoned: 0, refused: {}, crashes: [] }
}
