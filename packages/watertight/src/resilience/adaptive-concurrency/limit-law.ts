/** What one executed call says about how much the dependency can take. */
export interface LimitSample {
  /** Milliseconds that the function ran, waiting in queues not included. */
  readonly durationMs: number
  /** Calls under way when it was let through, itself included. */
  readonly inFlight: number
  /** The dependency pushed back, or did not answer in time: `durationMs` says nothing then. */
  readonly dropped: boolean
  readonly startedAt: number
  readonly now: number
}

/** Finds out how many calls at once are best, from samples. */
export interface LimitLaw {
  /** The limit now, with a fraction. */
  readonly limit: number
  learn(sample: LimitSample): void
  /** Told before each admission, for laws that go by the clock. */
  tick?(now: number): void
  /** What it goes by, in plain data. */
  state(): object
}

/** Between which values a limit stays. */
export interface LimitBounds {
  readonly initial: number
  readonly min: number
  readonly max: number
}

/** `limit` within its bounds. */
export function bounded(limit: number, { min, max }: LimitBounds): number {
  return Math.min(max, Math.max(min, limit))
}
