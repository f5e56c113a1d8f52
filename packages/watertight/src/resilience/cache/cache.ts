import { invalidOption } from '../../runtime/option.ts'
import type { Call } from '../call.ts'
import { callKey } from '../coalesce/call-key.ts'
import type { SharedFlight } from '../coalesce/shared-flight.ts'
import { SingleFlight } from '../coalesce/single-flight.ts'
import { cancelled, type Failure, type Outcome, type Result, type Success } from '../outcome.ts'
import type { Inner, Policy, Site, Strategy } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import { whenKnown } from '../when-known.ts'
import { type CacheOptions, type CacheSettings, cacheSettings } from './cache-options.ts'
import type { CacheEntry, CacheFinding, Invalidation } from './cache-store.ts'
import { MemoryCacheStore } from './memory-cache-store.ts'
import { StoreAccess } from './store-access.ts'

/** What a cache has done so far, and holds. */
export interface CacheState {
  /** Fresh answers that were given, negative ones included. */
  readonly hits: number
  readonly negativeHits: number
  readonly misses: number
  /** Answers that were given although they were stale: while a new one was fetched, and in place of an error. */
  readonly staleHits: number
  readonly staleOnError: number
  /** Loads that were made, those in the background included. */
  readonly loads: number
  readonly refreshes: number
  readonly refreshFailures: number
  readonly storeFailures: number
  /** Loads under way. */
  readonly loading: number
  /** What it holds, where it holds it in this process. */
  readonly entries?: number
  readonly weight?: number
  readonly evicted?: number
}

/**
 * Remembers answers (cache-aside): gives what is fresh without a call, and makes one call for all who ask for the same key at
 * once. `staleWhileRevalidate` and `staleIfError` are those of RFC 5861. A load that began before an invalidation gives its
 * answer to those who wait for it, but does not put it back.
 *
 * Loads go through the inner policies and belong to no caller: who gives up ends only its own wait. Put it outside of circuit
 * breaker and bulkhead, or an open circuit refuses what the cache knows. Values are handed out by reference.
 *
 * @example
 * const users = pipeline('users',
 *   cache({ key: (id: string) => id, ttl: '1m', staleWhileRevalidate: '5m', staleIfError: '1h', tags: (user) => … }),
 *   circuitBreaker({ failures: 5 }),
 *   timeout('2s'),
 * )
 * const load = users.wrap(loadUser)
 * await users.invalidate({ key: 'user-7' })      // after a write
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function cache<Args extends readonly unknown[] = readonly unknown[]>(
  options: CacheOptions<Args>,
): Policy<never, (...args: Args) => unknown> {
  const settings = cacheSettings(options)
  return {
    kind: 'cache',
    shares: true,
    name: options.name,
    options: settings,
    strategy: (site) => new Cache(options, site),
    doubts: [['fallback', 'fallback-inside-cache', 'it keeps the stand-in as if it were the answer']],
  }
}

class Cache implements Strategy {
  readonly leavesSuccess = false
  readonly #site: Site
  readonly #flights: SingleFlight
  readonly #memory: MemoryCacheStore | undefined
  readonly #store: StoreAccess
  #options: object
  #settings: CacheSettings
  #hits = 0
  #negativeHits = 0
  #misses = 0
  #staleHits = 0
  #staleOnError = 0
  #loads = 0
  #refreshes = 0
  #refreshFailures = 0

  constructor(options: object, site: Site) {
    const settings = cacheSettings(options)
    this.#options = options
    this.#settings = settings
    this.#site = site
    this.#flights = new SingleFlight(site)
    this.#memory = settings.store === undefined ? new MemoryCacheStore(site.runtime, settings) : undefined
    this.#store = new StoreAccess(settings.store ?? (this.#memory as MemoryCacheStore), settings.storeLimitMs, site)
  }

  enter(scope: Scope, inner: Inner): Result<unknown> | undefined {
    const key = callKey(scope, this.#settings.key, this.#site)
    if (key === undefined) return undefined
    const going = this.#flights.find(key)
    // What is being loaded is not there, unless it is being refreshed: no need to look.
    if (going !== undefined && !going.background) return this.#miss(key, going, scope)
    return whenKnown(this.#store.get(key), (found) => this.#found(found, key, scope, inner))
  }

  leave(outcome: Outcome<unknown>): Outcome<unknown> {
    return outcome
  }

  async invalidate(what: Invalidation): Promise<number> {
    this.#flights.forget(what.key)
    try {
      const forgotten = await this.#store.invalidate(what)
      tell(this.#site, 'cache.invalidated', { key: what.key, tag: what.tag, entries: forgotten })
      return forgotten
    } finally {
      this.#flights.forget(what.key)
    }
  }

  update(options: Partial<CacheOptions>): void {
    if (options.store !== undefined) throw invalidOption('store', options.store, 'left as it is: it cannot be changed')
    const merged = { ...this.#options, ...options }
    const settings = cacheSettings(merged)
    this.#memory?.limit(settings)
    this.#store.limit(settings.storeLimitMs)
    this.#options = merged
    this.#settings = settings
  }

  state(): CacheState {
    return {
      hits: this.#hits,
      negativeHits: this.#negativeHits,
      misses: this.#misses,
      staleHits: this.#staleHits,
      staleOnError: this.#staleOnError,
      loads: this.#loads,
      refreshes: this.#refreshes,
      refreshFailures: this.#refreshFailures,
      storeFailures: this.#store.failures,
      loading: this.#flights.size,
      ...this.#memory?.state(),
    }
  }

  check(): void {
    this.#flights.check()
    this.#memory?.check()
  }

  /** The store may have taken its time. */
  #found(found: CacheFinding | undefined, key: string, scope: Scope, inner: Inner): Result<unknown> {
    const { cancel } = scope
    if (!cancel.cancelled) return this.#serve(found, key, scope, inner)
    if (found !== undefined) this.#store.abandon(key, found.stamp)
    return cancelled(cancel.cause ?? 'caller')
  }

  #serve(found: CacheFinding | undefined, key: string, scope: Scope, inner: Inner): Result<unknown> {
    const entry = found?.entry
    if (found !== undefined && entry !== undefined) {
      if (found.ageMs < entry.ttlMs) return this.#hit(entry.answer, entry.negative, key, scope)
      if (!entry.negative && found.ageMs < entry.ttlMs + this.#settings.staleWhileRevalidateMs) {
        this.#staleHits++
        this.#tellStale('revalidating', key, scope, found.ageMs)
        if (this.#flights.find(key) === undefined) this.#load(key, found.stamp, true, scope, inner)
        return entry.answer
      }
    }
    return this.#miss(key, this.#flights.find(key) ?? this.#load(key, found?.stamp, false, scope, inner), scope)
  }

  #hit(answer: Success<unknown> | Failure, negative: boolean, key: string, scope: Scope): Outcome<unknown> {
    this.#hits++
    if (negative) this.#negativeHits++
    tell(this.#site, 'cache.hit', { call: scope.call.id, key, negative })
    return answer
  }

  #miss(key: string, flight: SharedFlight, scope: Scope): Result<unknown> {
    this.#misses++
    tell(this.#site, 'cache.missed', { call: scope.call.id, key, waiting: flight.followers })
    const result = flight.join(scope)
    if (this.#settings.staleIfErrorMs === 0) return result
    return whenKnown(result, (outcome) => this.#orStale(outcome, key, scope))
  }

  #orStale(outcome: Outcome<unknown>, key: string, scope: Scope): Result<unknown> {
    if (outcome.kind === 'success' || outcome.kind === 'cancelled' || outcome.kind === 'ignored') return outcome
    // Looked for again: it may have been invalidated while the load was under way.
    return whenKnown(this.#store.get(key), (found) => this.#staleInstead(found, outcome, key, scope))
  }

  #staleInstead(
    found: CacheFinding | undefined,
    outcome: Outcome<unknown>,
    key: string,
    scope: Scope,
  ): Outcome<unknown> {
    if (found === undefined) return outcome
    this.#store.abandon(key, found.stamp)
    const { entry, ageMs } = found
    if (entry === undefined || entry.negative || ageMs >= entry.ttlMs + this.#settings.staleIfErrorMs) return outcome
    this.#staleOnError++
    this.#tellStale('error', key, scope, ageMs)
    return entry.answer
  }

  #tellStale(reason: 'revalidating' | 'error', key: string, scope: Scope, ageMs: number): void {
    tell(this.#site, 'cache.stale', { call: scope.call.id, key, reason, ageMs })
  }

  /** Without a stamp the answer is not kept: the store could not be asked. */
  #load(
    key: string,
    stamp: string | number | undefined,
    background: boolean,
    scope: Scope,
    inner: Inner,
  ): SharedFlight {
    this.#loads++
    if (background) this.#refreshes++
    const { loadLimitMs: limitMs } = this.#settings
    const shorter = 1 - this.#settings.jitter * (this.#settings.jitter === 0 ? 0 : scope.random(this.#site.policy))
    const { call } = scope
    const done = (outcome: Outcome<unknown>): Promise<unknown> | undefined => {
      if (background && outcome.kind !== 'success') this.#refreshFailed(key, outcome)
      if (stamp === undefined) return undefined
      const put = this.#entryOf(outcome, shorter, call)
      if (put !== undefined) return this.#store.set(key, put.entry, { stamp, keepMs: put.keepMs, tags: put.tags })
      this.#store.abandon(key, stamp)
      return undefined
    }
    return this.#flights.start(key, scope, inner, { limitMs, background, done })
  }

  /** What to keep of an outcome; undefined: nothing. */
  #entryOf(
    outcome: Outcome<unknown>,
    shorter: number,
    call: Call,
  ): { readonly entry: CacheEntry; readonly keepMs: number; readonly tags: readonly string[] } | undefined {
    if (outcome.kind === 'cancelled' || outcome.kind === 'refused') return undefined
    const { ttlMs, staleIfErrorMs, staleWhileRevalidateMs, negative, when, tags } = this.#settings
    const args = call.args as never[]
    try {
      if (negative?.when(outcome) === true) {
        const entry = { answer: outcome, negative: true, ttlMs: negative.ttlMs * shorter }
        return { entry, keepMs: entry.ttlMs, tags: [] }
      }
      if (outcome.kind !== 'success' || when?.(outcome.value, ...args) === false) return undefined
      const entry = { answer: outcome, negative: false, ttlMs: ttlMs * shorter }
      const keepMs = entry.ttlMs + Math.max(staleIfErrorMs, staleWhileRevalidateMs)
      return { entry, keepMs, tags: tags?.(outcome.value, ...args) ?? [] }
    } catch (error) {
      this.#site.runtime.report(error)
      return undefined
    }
  }

  #refreshFailed(key: string, outcome: Outcome<unknown>): void {
    this.#refreshFailures++
    tell(this.#site, 'cache.refreshFailed', { key, outcome: outcome.kind })
  }
}
