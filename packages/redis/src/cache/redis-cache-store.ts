import {
  type CacheEntry,
  type CacheFinding,
  type CachePut,
  type CacheStore,
  type Duration,
  errorOf,
  type Invalidation,
  refuseUnknown,
  requirePositiveInteger,
  requireText,
  type Runtime,
  systemRuntime,
  toMilliseconds,
} from 'watertight'
import type { RedisLink } from '../link/redis-link.ts'
import { type Script, slotted } from '../link/script.ts'
import { type CacheCodec, jsonCodec, readEntry, writeEntry } from './cache-codec.ts'
import { forgetKeyScript, forgetTagScript, lookScript, putScript, unlockScript } from './cache-scripts.ts'

/** Which cache it is, and how processes wait for each other. */
export interface RedisCacheStoreOptions {
  /** The same for all processes that share it. */
  readonly name: string
  /**
   * How long a process waits for another one that loads the same key, before it loads itself; shorter than the cache's
   * `storeLimit`. Default: `'150ms'`.
   */
  readonly waitForOther?: Duration
  /** A load that is not heard of for so long is given up on: another process may load the key. Default: `'10s'`. */
  readonly lockFor?: Duration
  /** A load that took longer is not kept: nobody remembers what was invalidated meanwhile. Default: `'10m'`. */
  readonly longestLoad?: Duration
  /** Bytes of an entry; a longer one is not kept. Default: 1 MiB. */
  readonly maxBytes?: number
  /** How values are written. Default: as JSON. */
  readonly codec?: CacheCodec
  /** Begins all keys in Redis. Default: `'watertight'`. */
  readonly prefix?: string
  /** What it waits and reads the clock on. Default: the system runtime. */
  readonly runtime?: Runtime
}

const KNOWN = ['name', 'waitForOther', 'lockFor', 'longestLoad', 'maxBytes', 'codec', 'prefix', 'runtime'] as const

const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 50
const MEBIBYTE = 1_048_576

/** What a look was told, and which load it began. */
interface Stamp {
  readonly clock: string
  readonly begunUs: string
  /** Of the lock; empty: the load has none. */
  readonly token: string
}

class RedisCacheStore implements CacheStore {
  readonly #link: RedisLink
  readonly #runtime: Runtime
  readonly #codec: CacheCodec
  readonly #base: string
  readonly #waitMs: number
  readonly #lockMs: number
  readonly #longestLoadMs: number
  readonly #maxBytes: number

  constructor(link: RedisLink, options: RedisCacheStoreOptions) {
    refuseUnknown('redisCacheStore', options, KNOWN)
    const { name, waitForOther = '150ms', lockFor = '10s', longestLoad = '10m', prefix = 'watertight' } = options
    this.#link = link
    this.#runtime = options.runtime ?? systemRuntime
    this.#codec = options.codec ?? jsonCodec
    this.#base = slotted(requireText('prefix', prefix), `cache:${requireText('name', name)}`)
    this.#waitMs = toMilliseconds('waitForOther', waitForOther)
    this.#lockMs = toMilliseconds('lockFor', lockFor, { positive: true })
    this.#longestLoadMs = toMilliseconds('longestLoad', longestLoad, { positive: true })
    this.#maxBytes = requirePositiveInteger('maxBytes', options.maxBytes ?? MEBIBYTE)
  }

  async get(key: string): Promise<CacheFinding> {
    const token = this.#runtime.id()
    const end = this.#runtime.now() + this.#waitMs
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const keys = [this.#clock, this.#key('e', key), this.#key('l', key)]
      const input = [token, this.#ms(this.#lockMs), this.#clockMs]
      const [clock, begunUs, text, ageMs, locked] = (await this.#ask(lookScript, keys, input)) as unknown[]
      const stamp: Stamp = { clock: String(clock), begunUs: String(begunUs), token: locked === 1 ? token : '' }
      const entry = typeof text === 'string' ? this.#read(text) : undefined
      const left = end - this.#runtime.now()
      // What is there but cannot be read has to be loaded anew, and nobody does that yet.
      if (typeof text === 'string' || locked === 1 || left <= 0) {
        return { entry, ageMs: Number(ageMs), stamp: JSON.stringify(stamp) }
      }
      await this.#pause(Math.min(pauseMs, left))
    }
  }

  async set(key: string, entry: CacheEntry, { stamp, keepMs, tags }: CachePut): Promise<boolean> {
    const text = writeEntry(entry, this.#codec)
    if (Buffer.byteLength(text) > this.#maxBytes) {
      await this.abandon(key, stamp)
      return false
    }
    const { clock, begunUs, token } = readStamp(stamp)
    const keys = [this.#clock, this.#key('e', key), this.#key('l', key), this.#key('m', key)]
    const [keep, longest] = [this.#ms(keepMs), this.#ms(this.#longestLoadMs)]
    const input = [clock, begunUs, token, text, keep, longest, JSON.stringify(tags)]
    return (await this.#ask(putScript, keys, input)) === 1
  }

  async invalidate({ key, tag }: Invalidation): Promise<number> {
    const input = [this.#clockMs, this.#ms(2 * this.#longestLoadMs)]
    const forgotten =
      key === undefined
        ? this.#ask(forgetTagScript, [this.#clock, this.#key('t', tag)], input)
        : this.#ask(forgetKeyScript, [this.#clock, ...['e', 'l', 'm'].map((kind) => this.#key(kind, key))], input)
    return Number(await forgotten)
  }

  async abandon(key: string, stamp: string | number): Promise<void> {
    const { token } = readStamp(stamp)
    if (token !== '') await this.#ask(unlockScript, [this.#key('l', key)], [token])
  }

  get #clock(): string {
    return `${this.#base}:c`
  }

  /** Longer than any mark: a clock that is forgotten while nothing is going on is born anew without harm. */
  get #clockMs(): string {
    return this.#ms(4 * this.#longestLoadMs)
  }

  #key(kind: string, name: string): string {
    return `${this.#base}:${kind}:${name}`
  }

  #ms(milliseconds: number): string {
    return String(Math.max(1, Math.min(Math.ceil(milliseconds), Number.MAX_SAFE_INTEGER)))
  }

  #read(text: string): CacheEntry | undefined {
    try {
      return readEntry(text, this.#codec)
    } catch (error) {
      this.#runtime.report(error)
      return undefined
    }
  }

  async #ask(script: Script, keys: readonly string[], input: readonly string[]): Promise<unknown> {
    const outcome = await this.#link.ask(this.#runtime, script, keys, input)
    if (outcome.kind === 'success') return outcome.value
    throw errorOf(outcome, 'redis')
  }

  async #pause(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#runtime.timer(milliseconds, resolve, true)
    })
  }
}

/**
 * Keeps the entries of a cache in Redis, for all processes that name it the same. What is not there is loaded by one process,
 * which holds a lock with a token of its own meanwhile; the others wait a bounded time, then load themselves. An entry that
 * is stale, but still there, is refreshed by each process that comes across it, once.
 *
 * A load that began before an invalidation, or before a load whose answer is there already, does not put its answer there: not
 * after its lock has run out either. Forgetting a tag takes one step, however many entries carry it.
 *
 * Without Redis every look is a miss, by the cache's own rule; `invalidate` rejects with `REDIS_UNAVAILABLE`, `TIMED_OUT` or
 * `CIRCUIT_OPEN`, because the old value may still be there. An invalidation that a failing primary had not yet copied to its
 * replica is lost with it. All keys of one cache lie in one slot of a cluster: divide a cache that is too large for one node
 * by name. Redis should not evict keys of this cache that are younger than a load takes.
 *
 * The tokens and the order of loads are after M. Kleppmann, "How to do distributed locking" (2016); the marks after Nishtala et
 * al., "Scaling Memcache at Facebook" (NSDI 2013).
 *
 * @example
 * const prices = pipeline('prices', cache({ ttl: '1m', staleIfError: '1h', store: redisCacheStore(link, { name: 'prices' }) }))
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function redisCacheStore(link: RedisLink, options: RedisCacheStoreOptions): CacheStore {
  return new RedisCacheStore(link, options)
}

function readStamp(stamp: string | number): Stamp {
  return JSON.parse(String(stamp)) as Stamp
}
