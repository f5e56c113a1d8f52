/** How large a run is, and how rough. */
export interface HistoryOptions {
  /** Writing ends when the log has so many events. */
  readonly events: number
  /** Writing ends after so many minutes, whatever the log has. Default: when the events are there. */
  readonly minutes?: number
  /** Chooses what is disturbed, and when; what then happens is up to the machine. */
  readonly seed: number
  readonly writerProcesses: number
  /** In each process. */
  readonly writers: number
  readonly subscriberProcesses: number
  /** Each has a member in two of the processes, where there are two. */
  readonly subscriptions: number
  /** Between two disturbances. */
  readonly pauseMs: { readonly from: number; readonly to: number }
}

/** 32 writers in 4 processes, 20 subscriptions. */
export const FULL_SIZE: Omit<HistoryOptions, 'events' | 'seed'> = {
  writerProcesses: 4,
  writers: 8,
  subscriberProcesses: 4,
  subscriptions: 20,
  pauseMs: { from: 300, to: 3_000 },
}
