/**
 * The arithmetic of a rate limit: plain state, no clock, no queue. `now` is an instant of a clock that never goes backwards, in
 * milliseconds; one that is a little older than the last one, from a call that looked at the clock earlier, gains nothing.
 *
 * Asking changes nothing that can be seen: only {@link Limit.take} consumes.
 */
export interface Limit {
  /** The most that can ever be taken at once. */
  readonly capacity: number
  /**
   * The instant from which on `cost` may be taken if nobody takes anything before; at or before `now`: at once. Means nothing for
   * a cost above `capacity`.
   */
  readyAt(cost: number, now: number): number
  /** The last of calls that cost `total` together, one taken after the other, cannot be earlier than this. */
  earliestFor(total: number, now: number): number
  /** Takes `cost`, whether it is ready or not: the rest is a debt that later calls wait for. */
  take(cost: number, now: number): void
  /** What is taken of the capacity at `now`; 0: as good as new. */
  used(now: number): number
}

/** Whether a limit let a call through, and if not when it would. */
export type Taken =
  | { readonly admitted: true }
  | {
      readonly admitted: false
      /** Not a moment longer than needed. `Infinity`: the cost is above the capacity, waiting is no use. */
      readonly retryAfterMs: number
    }

const ADMITTED: Taken = { admitted: true }

/**
 * Takes `cost` from `limit` if that is allowed at `now`. What is refused consumes nothing.
 *
 * @example
 * const limit = new Gcra({ limit: 10, perMs: 1_000, burst: 10 })
 * takeFrom(limit, 1, runtime.now()) // { admitted: true }
 */
export function takeFrom(limit: Limit, cost: number, now: number): Taken {
  if (cost > limit.capacity) return { admitted: false, retryAfterMs: Infinity }
  const readyAt = limit.readyAt(cost, now)
  if (readyAt > now) return { admitted: false, retryAfterMs: waitUntil(readyAt, now) }
  limit.take(cost, now)
  return ADMITTED
}

const ROUNDING = 2 ** -48

/**
 * `instant`, or `now` when no more than rounding errors lie between them: who may take three permits in a second is not refused
 * the third one because a third of a second is no binary fraction. `spanMs`: the longest time that went into the calculation.
 */
export function roundedTo(now: number, instant: number, spanMs: number): number {
  return instant - now <= Math.max(Math.abs(now), spanMs) * ROUNDING ? now : instant
}

/** The shortest wait after which it is `instant`: never a rounding error too short. */
export function waitUntil(instant: number, now: number): number {
  let waitMs = instant - now
  for (let step = Number.EPSILON; now + waitMs < instant; step *= 2) waitMs += Math.abs(instant) * step
  return waitMs
}
