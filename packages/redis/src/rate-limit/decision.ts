/** What a limit says to a call. */
export interface Decision {
  readonly admitted: boolean
  /** Admitted: the call's turn comes after this time. Refused: it may be let through then, if nobody else comes first. */
  readonly waitMs: number
}

const MICROSECONDS = 1_000

/**
 * Reads the answer of a script: `[1 or 0, microseconds]`, and what else it may say for those who count.
 *
 * @throws TypeError when it is something else.
 */
export function readDecision(reply: unknown): Decision {
  if (!Array.isArray(reply)) throw new TypeError('a rate limit script did not answer with a list')
  const [admitted, microseconds] = reply.map(Number)
  if (admitted === undefined || microseconds === undefined || Number.isNaN(admitted + microseconds)) {
    throw new TypeError(`a rate limit script answered ${String(reply)}`)
  }
  return { admitted: admitted === 1, waitMs: Math.ceil(microseconds) / MICROSECONDS }
}
