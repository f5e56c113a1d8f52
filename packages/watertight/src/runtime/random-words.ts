const POOL = 256

/**
 * Random 32-bit words of the platform's cryptographic generator, fetched 256 at a time: a call to it costs more than the
 * words do.
 */
export function makeRandomWords(): () => number {
  const pool = new Uint32Array(POOL)
  let next = POOL
  return () => {
    if (next === POOL) {
      crypto.getRandomValues(pool)
      next = 0
    }
    return pool[next++] ?? 0
  }
}
