import { isWatertightError } from '../runtime/error.ts'
import type { Runtime, Timer } from '../runtime/runtime.ts'
import type { Fence } from '../store/commit.ts'
import type { Store } from '../store/store.ts'

/** The share of a lease that is not used: it covers what the two clocks drift apart and a call takes to go out. */
const MARGIN = 0.2

export interface OwnedLeaseOptions {
  readonly store: Store
  readonly runtime: Runtime
  readonly name: string
  readonly ttlMs: number
  /** Called with each new epoch. */
  readonly onOwned: () => void
  /** Called when the lease must not be used any more, before another owner can have it. */
  readonly onLost: () => void
}

/**
 * Keeps trying to own a lease, and to keep it. Counts from before the request, by its own monotonic clock, and stops
 * using the lease a margin before the store lets anybody else have it.
 */
export class OwnedLease {
  readonly #options: OwnedLeaseOptions
  #fence: Fence | undefined
  #safeUntil = 0
  #next: Timer | undefined
  #expiry: Timer | undefined
  #stopped = false
  #under: Promise<void> = Promise.resolve()

  constructor(options: OwnedLeaseOptions) {
    this.#options = options
  }

  /** The fence to write with; `undefined` while the lease is not owned, or no longer surely so. */
  get fence(): Fence | undefined {
    return this.#fence !== undefined && this.#options.runtime.now() < this.#safeUntil ? this.#fence : undefined
  }

  /** Begins; resolves after the first attempt. */
  async start(): Promise<void> {
    await this.#step()
  }

  /** The store said that the epoch is over. */
  lose(fence: Fence): void {
    if (this.#fence?.epoch === fence.epoch) this.#drop()
  }

  /** Stops and gives the lease back. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#next?.cancel()
    await this.#under
    const fence = this.#fence
    this.#drop()
    if (fence) await this.#release(fence)
  }

  async #step(): Promise<void> {
    this.#under = this.#fence ? this.#renew(this.#fence) : this.#acquire()
    await this.#under
    if (this.#stopped) return
    const pause = this.#options.ttlMs / (this.#fence ? 3 : 4)
    this.#next = this.#options.runtime.timer(pause, () => void this.#step(), false)
  }

  async #acquire(): Promise<void> {
    const { store, runtime, name, ttlMs } = this.#options
    const before = runtime.now()
    try {
      const fence = await store.acquire(name, ttlMs)
      if (fence === undefined) return
      if (this.#stopped || !this.#extend(before)) return await this.#release(fence)
      this.#fence = fence
      this.#options.onOwned()
    } catch (error) {
      this.#failed(error)
    }
  }

  async #renew(fence: Fence): Promise<void> {
    const { store, runtime, ttlMs } = this.#options
    const before = runtime.now()
    try {
      const kept = await store.renew(fence, ttlMs)
      if (this.#fence !== fence) return
      if (!kept || !this.#extend(before)) this.#drop()
    } catch (error) {
      this.#failed(error)
    }
  }

  /** The next attempt may succeed, unless the store is closed; until then the lease lasts as long as it lasts. */
  #failed(error: unknown): void {
    if (isWatertightError(error, 'STORE_CLOSED')) this.#stopped = true
    else this.#options.runtime.report(error)
  }

  #extend(before: number): boolean {
    const { runtime, ttlMs } = this.#options
    const until = before + ttlMs * (1 - MARGIN)
    if (runtime.now() >= until) return false
    this.#safeUntil = until
    this.#expiry?.cancel()
    this.#expiry = runtime.timer(until - runtime.now(), () => this.#drop(), false)
    return true
  }

  #drop(): void {
    this.#expiry?.cancel()
    if (this.#fence === undefined) return
    this.#fence = undefined
    this.#options.onLost()
  }

  async #release(fence: Fence): Promise<void> {
    try {
      await this.#options.store.release(fence)
    } catch (error) {
      // It runs out by itself.
      this.#options.runtime.report(error)
    }
  }
}
