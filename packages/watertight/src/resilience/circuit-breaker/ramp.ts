const FIRST_SHARE = 0.1

/**
 * The share of calls that a circuit lets through after it has closed: from a tenth to all of them, linearly in `rampUpMs`. A
 * dependency that has just come back has cold caches, and a queue of callers in front of it.
 */
export function rampShare(closedAt: number, rampUpMs: number, now: number): number {
  const passed = now - closedAt
  return passed >= rampUpMs ? 1 : FIRST_SHARE + (1 - FIRST_SHARE) * (passed / rampUpMs)
}
