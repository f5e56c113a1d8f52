/** What the probes of a half-open circuit have shown. */
export type ProbeVerdict = 'close' | 'open' | 'undecided'

/**
 * The gate of a half-open circuit: lets a few probes through at once, and decides by them. A permit comes back when its probe's
 * outcome is known, also when that says nothing (cancelled, refused further in): so it cannot get stuck.
 */
export class HalfOpen {
  readonly #until: number
  readonly #permits: number
  readonly #successThreshold: number
  /** Probes under way. */
  out = 0
  successes = 0

  constructor(permits: number, successThreshold: number, maxWaitMs: number, now: number) {
    this.#permits = permits
    this.#successThreshold = successThreshold
    this.#until = now + maxWaitMs
  }

  /** Takes a permit; false when all are out. */
  admit(): boolean {
    if (this.out >= this.#permits) return false
    this.out++
    return true
  }

  /** Whether the probes have taken too long. */
  late(now: number): boolean {
    return now >= this.#until
  }

  /** Takes a permit back. `failed` undefined: the probe says nothing. */
  settle(failed: boolean | undefined): ProbeVerdict {
    this.out--
    if (failed === undefined) return 'undecided'
    if (failed) return 'open'
    return ++this.successes >= this.#successThreshold ? 'close' : 'undecided'
  }
}
