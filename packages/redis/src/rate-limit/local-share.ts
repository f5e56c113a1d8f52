import type { Decision } from './decision.ts'
import type { LimitSettings } from './limit-settings.ts'

type Rate = Pick<LimitSettings, 'algorithm' | 'limit' | 'perMs' | 'burst' | 'processes' | 'maxKeys'>

/**
 * One process's share of the limits, while Redis cannot be asked: the rate and the burst divided by `processes`, but at
 * least one call. Always reckoned as GCRA; the share of a sliding window has a burst of half, so that burst and rate together
 * stay within it.
 *
 * A call that costs more than the whole share is let through when the share is untouched, and paid for afterwards: it must not
 * wait for Redis.
 */
export class LocalShare {
  readonly #msPerUnit: number
  readonly #burst: number
  readonly #rateMaxKeys: number
  /** When everything taken is paid for, by key; the least recently used key first. */
  readonly #paidAt = new Map<string, number>()

  constructor({ algorithm, limit, perMs, burst, processes, maxKeys }: Rate) {
    const window = algorithm === 'sliding-window' && limit > 1
    this.#burst = Math.max(1, Math.floor((window ? burst / 2 : burst) / processes))
    this.#msPerUnit = (perMs * processes * (window ? 2 : 1)) / limit
    this.#rateMaxKeys = maxKeys
  }

  /** How many limits it remembers. */
  get size(): number {
    return this.#paidAt.size
  }

  /** Takes `cost`, as `now` permits; or, when its turn comes within `maxWaitMs`, reserves its place. */
  take(key: string, cost: number, maxWaitMs: number, now: number): Decision {
    const paidAt = Math.max(this.#paidAt.get(key) ?? now, now)
    const needed = Math.min(cost, this.#burst)
    const waitMs = Math.max(0, paidAt - now + (needed - this.#burst) * this.#msPerUnit)
    if (waitMs > maxWaitMs) return { admitted: false, waitMs }
    this.#remember(key, paidAt + cost * this.#msPerUnit, now)
    return { admitted: true, waitMs }
  }

  #remember(key: string, paidAt: number, now: number): void {
    this.#paidAt.delete(key)
    if (paidAt <= now) return
    this.#paidAt.set(key, paidAt)
    if (this.#paidAt.size <= this.#rateMaxKeys) return
    for (const oldest of this.#paidAt.keys()) {
      this.#paidAt.delete(oldest)
      return
    }
  }
}
