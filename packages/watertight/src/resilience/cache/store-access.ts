import { WatertightError } from '../../runtime/error.ts'
import type { Site } from '../policy.ts'
import { tell } from '../tell.ts'
import type { CacheEntry, CacheFinding, CachePut, CacheStore, Invalidation } from './cache-store.ts'

/** What a store does for the cache. */
export type StoreOperation = 'get' | 'set' | 'abandon'

/** Operations of a store that has stopped answering; beyond that it is not asked. */
const MAX_PENDING = 1_000

/**
 * A store that can do no harm: what it throws, and what takes too long, is a miss. Calls that look for the same key at the same
 * time look once.
 */
export class StoreAccess {
  readonly #store: CacheStore
  readonly #site: Site
  readonly #looks = new Map<string, Promise<CacheFinding | undefined>>()
  #limitMs: number
  #pending = 0
  /** The last operation failed: further failures are counted, but not reported one by one. */
  #failing = false
  failures = 0

  constructor(store: CacheStore, limitMs: number, site: Site) {
    this.#store = store
    this.#limitMs = limitMs
    this.#site = site
  }

  limit(limitMs: number): void {
    this.#limitMs = limitMs
  }

  /** Undefined: the store failed. */
  get(key: string): CacheFinding | undefined | Promise<CacheFinding | undefined> {
    const look = this.#looks.get(key)
    if (look !== undefined) return look
    const found = this.#try('get', () => this.#store.get(key))
    if (!(found instanceof Promise)) return found
    this.#looks.set(key, found)
    void found.then(() => {
      if (this.#looks.get(key) === found) this.#looks.delete(key)
    })
    return found
  }

  /** The promise settles when the store has answered, well or not; undefined: it has already. */
  set(key: string, entry: CacheEntry, put: CachePut): Promise<unknown> | undefined {
    const done = this.#try('set', () => this.#store.set(key, entry, put))
    return done instanceof Promise ? done : undefined
  }

  abandon(key: string, stamp: string | number): void {
    if (this.#store.abandon !== undefined) void this.#try('abandon', () => this.#store.abandon?.(key, stamp))
  }

  /** @throws what the store throws. */
  invalidate(what: Invalidation): number | Promise<number> {
    this.#forget(what)
    const forgotten = this.#store.invalidate(what)
    return forgotten instanceof Promise ? forgotten.finally(() => this.#forget(what)) : forgotten
  }

  /** Who looks after an invalidation must not share a look that began before it. */
  #forget({ key }: Invalidation): void {
    if (key === undefined) this.#looks.clear()
    else this.#looks.delete(key)
  }

  #try<T>(operation: StoreOperation, run: () => T | Promise<T>): T | undefined | Promise<T | undefined> {
    if (this.#pending >= MAX_PENDING) return this.#fail(operation, this.#unanswered(`leaves ${MAX_PENDING} open`))
    try {
      const result = run()
      if (result instanceof Promise) return this.#bounded(operation, result)
      this.#failing = false
      return result
    } catch (error) {
      return this.#fail(operation, error)
    }
  }

  #bounded<T>(operation: StoreOperation, result: Promise<T>): Promise<T | undefined> {
    this.#pending++
    return new Promise((resolve) => {
      let open = true
      const close = (answer: () => T | undefined): void => {
        if (!open) return
        open = false
        timer?.cancel()
        resolve(answer())
      }
      const limitMs = this.#limitMs
      const late = (): void => close(() => this.#fail(operation, this.#unanswered(`takes more than ${limitMs} ms`)))
      const timer = limitMs === Infinity ? undefined : this.#site.runtime.timer(limitMs, late, operation === 'get')
      result.then(
        (value) => {
          this.#pending--
          close(() => {
            this.#failing = false
            return value
          })
        },
        (error: unknown) => {
          this.#pending--
          close(() => this.#fail(operation, error))
        },
      )
    })
  }

  #unanswered(what: string): WatertightError {
    const { pipeline, policy } = this.#site
    const message = `${pipeline}: the store of ${policy} ${what}`
    return WatertightError.withoutStack('CACHE_STORE_SLOW', message, { retryable: true, source: policy })
  }

  #fail(operation: StoreOperation, error: unknown): undefined {
    this.failures++
    if (!this.#failing) this.#site.runtime.report(error)
    this.#failing = true
    tell(this.#site, 'cache.storeFailed', { operation, error })
    return undefined
  }
}
