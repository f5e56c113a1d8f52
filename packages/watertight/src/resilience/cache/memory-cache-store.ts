import { requireBetween, requirePositive, requirePositiveInteger } from '../../runtime/option.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { CacheEntry, CacheFinding, CachePut, CacheStore, Invalidation } from './cache-store.ts'
import { Lru } from './lru.ts'

/** How much a {@link MemoryCacheStore} may keep. */
export interface MemoryCacheStoreOptions {
  /** Entries. Default: 1000. */
  readonly max?: number | undefined
  /** Sum of the weights of all entries, such as bytes. Default: no limit. */
  readonly maxWeight?: number | undefined
  /** Weight of a value. Default: 1. */
  readonly weigh?: ((value: unknown) => number) | undefined
}

interface Kept {
  readonly entry: CacheEntry
  readonly putAt: number
  readonly forgetAt: number
  readonly tags: readonly string[]
}

/** What a {@link MemoryCacheStore} holds. */
export interface MemoryCacheState {
  readonly entries: number
  readonly weight: number
  /** Entries that had to go because there was no room. */
  readonly evicted: number
}

/** How many keys and tags are remembered as invalidated, one by one; then all loads that are under way are refused instead. */
const REMEMBERED = 10_000

/**
 * Keeps entries in this process: the least recently used ones go first, and everything takes constant time. Values are kept by
 * reference, so that nobody should change what a cache has handed out. Entries that are past their use are dropped when they
 * are come across, or pushed out by others: no timer is needed.
 */
export class MemoryCacheStore implements CacheStore {
  readonly #runtime: Pick<Runtime, 'now'>
  readonly #entries: Lru<Kept>
  readonly #byTag = new Map<string, Set<string>>()
  #weigh: (value: unknown) => number
  /** Counts invalidations: the stamp of a look is how many there had been. */
  #invalidations = 0
  /** The number of the last invalidation of each key and tag. */
  readonly #invalidated = new Map<string, number>()
  /** Loads that began before this invalidation are refused whatever their key: what was remembered of it is gone. */
  #horizon = 0
  #evicted = 0

  /** @throws WatertightError `INVALID_OPTION` */
  constructor(runtime: Pick<Runtime, 'now'>, options: MemoryCacheStoreOptions = {}) {
    this.#runtime = runtime
    const { max, maxWeight, weigh } = limits(options)
    this.#weigh = weigh
    this.#entries = new Lru(max, maxWeight, (key, kept) => this.#untag(key, kept))
  }

  get(key: string): CacheFinding {
    const stamp = this.#invalidations
    const now = this.#runtime.now()
    const kept = this.#entries.get(key)
    if (kept === undefined) return { entry: undefined, ageMs: 0, stamp }
    if (now < kept.forgetAt) return { entry: kept.entry, ageMs: now - kept.putAt, stamp }
    this.#entries.delete(key)
    return { entry: undefined, ageMs: 0, stamp }
  }

  set(key: string, entry: CacheEntry, { stamp, keepMs, tags }: CachePut): boolean {
    const begun = Number(stamp)
    if (begun < this.#horizon || this.#since(keyMark(key), begun)) return false
    for (const tag of tags) if (this.#since(tagMark(tag), begun)) return false
    const { answer } = entry
    const weight = answer.kind === 'success' ? requireBetween('weigh', this.#weigh(answer.value), 0, Infinity) : 1
    const putAt = this.#runtime.now()
    this.#entries.delete(key)
    const pushedOut = this.#entries.set(key, { entry, putAt, forgetAt: putAt + keepMs, tags }, weight)
    if (pushedOut === undefined) return false
    this.#evicted += pushedOut
    for (const tag of tags) {
      const keys = this.#byTag.get(tag)
      if (keys === undefined) this.#byTag.set(tag, new Set([key]))
      else keys.add(key)
    }
    return true
  }

  invalidate({ key, tag }: Invalidation): number {
    this.#remember(key === undefined ? tagMark(tag) : keyMark(key))
    if (key !== undefined) return this.#entries.delete(key) ? 1 : 0
    const keys = [...(this.#byTag.get(tag) ?? [])]
    for (const one of keys) this.#entries.delete(one)
    return keys.length
  }

  /** Changes its limits; what no longer fits goes. @throws WatertightError `INVALID_OPTION` */
  limit(options: MemoryCacheStoreOptions): void {
    const { max, maxWeight, weigh } = limits(options)
    this.#weigh = weigh
    this.#evicted += this.#entries.limit(max, maxWeight)
  }

  state(): MemoryCacheState {
    return { entries: this.#entries.size, weight: this.#entries.weight, evicted: this.#evicted }
  }

  /** @throws Error when its lists disagree: for tests. */
  check(): void {
    this.#entries.check()
    let tagged = 0
    for (const [tag, keys] of this.#byTag) {
      tagged += keys.size
      for (const key of keys) {
        if (this.#entries.peek(key)?.tags.includes(tag) !== true)
          throw new Error(`${key} is listed under ${tag}, but is not there`)
      }
    }
    let carried = 0
    for (const [, { tags }] of this.#entries.oldestFirst()) carried += new Set(tags).size
    if (tagged !== carried) throw new Error(`${tagged} tags are listed, but entries carry ${carried}`)
  }

  #since(mark: string, begun: number): boolean {
    return (this.#invalidated.get(mark) ?? 0) > begun
  }

  #remember(mark: string): void {
    this.#invalidations++
    if (this.#invalidated.size < REMEMBERED) this.#invalidated.set(mark, this.#invalidations)
    else {
      this.#invalidated.clear()
      this.#horizon = this.#invalidations
    }
  }

  #untag(key: string, { tags }: Kept): void {
    for (const tag of tags) {
      const keys = this.#byTag.get(tag)
      if (keys?.delete(key) === true && keys.size === 0) this.#byTag.delete(tag)
    }
  }
}

/**
 * A store in this process. A cache without a `store` makes one of its own; make one by hand to share it between caches, or to
 * look into it.
 *
 * @example
 * cache({ key: (id: string) => id, ttl: '1m', store: memoryCacheStore(systemRuntime, { max: 10_000 }) })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function memoryCacheStore(
  runtime: Pick<Runtime, 'now'>,
  options: MemoryCacheStoreOptions = {},
): MemoryCacheStore {
  return new MemoryCacheStore(runtime, options)
}

function limits({ max = 1_000, maxWeight = Infinity, weigh = () => 1 }: MemoryCacheStoreOptions): {
  readonly max: number
  readonly maxWeight: number
  readonly weigh: (value: unknown) => number
} {
  if (maxWeight !== Infinity) requirePositive('maxWeight', maxWeight)
  return { max: requirePositiveInteger('max', max), maxWeight, weigh }
}

function keyMark(key: string): string {
  return `k${key}`
}

function tagMark(tag: string): string {
  return `t${tag}`
}
