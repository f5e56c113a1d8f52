/** A limit of which less than this share is used says nothing about what the dependency could take. */
const USED = 0.5

/**
 * A limit grows only when it is really used. Otherwise it would drift up while there is little to do, because few calls are fast
 * calls, and be no limit at all when the load comes.
 */
export function guarded(proposed: number, limit: number, inFlight: number): number {
  return proposed > limit && inFlight < limit * USED ? limit : proposed
}
