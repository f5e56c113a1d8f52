import type { Failure, Success } from '../outcome.ts'

/** What a cache keeps under a key. */
export interface CacheEntry {
  /** The answer: a result, or with negative caching an error that says "there is no such thing". */
  readonly answer: Success<unknown> | Failure
  /** It says that something is not there. Such an entry is never served stale. */
  readonly negative: boolean
  /** Milliseconds for which it is fresh. */
  readonly ttlMs: number
}

/** What a store knows of a key. */
export interface CacheFinding {
  /** Undefined: nothing is there. */
  readonly entry: CacheEntry | undefined
  /** Milliseconds since the entry was put there, by the store's own clock: clocks that disagree do no harm. */
  readonly ageMs: number
  /**
   * What {@link CacheStore.set} has to be given: it lets the store see that the key, or a tag of the new entry, was invalidated
   * after this look. A number that counts invalidations will do; so will a lease or a fencing token.
   */
  readonly stamp: string | number
}

/** How an entry is put into a store. */
export interface CachePut {
  /** Of the {@link CacheFinding} that made the load begin. */
  readonly stamp: string | number
  /** Milliseconds for which the entry may be of use, stale or not; after that it may be forgotten. */
  readonly keepMs: number
  readonly tags: readonly string[]
}

/** Which entries are out of date: one key, or all entries that carry a tag. */
export type Invalidation =
  | { readonly key: string; readonly tag?: undefined }
  | { readonly tag: string; readonly key?: undefined }

/** Now or later. */
type Soon<T> = T | Promise<T>

/**
 * Where a cache keeps its entries: in process ({@link memoryCacheStore}), or shared between processes (Redis).
 *
 * A store may fail and may hang: the cache takes that for a miss, reports it, and makes the call. Only `invalidate` hands its
 * failure on, because whoever wrote must know that the old value may still be there.
 *
 * The law that every store keeps: after `invalidate` has finished, no `set` whose stamp was handed out before it puts an entry
 * of that key or tag back. (Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, call the stamps leases.)
 */
export interface CacheStore {
  /** What is there. A shared store may wait here, within its own bound, for another process that loads the same key. */
  get(key: string): Soon<CacheFinding>
  /** Puts an entry there. False when it was refused, because its stamp is out of date or it is too heavy. */
  set(key: string, entry: CacheEntry, put: CachePut): Soon<boolean>
  /** Forgets entries. The number of those that were there, as far as it is known. */
  invalidate(what: Invalidation): Soon<number>
  /** The load for which `stamp` was handed out failed: others that wait for it in a shared store need wait no longer. */
  abandon?(key: string, stamp: string | number): Soon<void>
}
