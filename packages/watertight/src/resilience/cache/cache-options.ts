import type { Duration } from '../../runtime/duration.ts'
import { invalidOption } from '../../runtime/option.ts'
import {
  anything,
  between,
  callback,
  type Check,
  count,
  duration,
  limit,
  optional,
  settingsOf,
  span,
} from '../../runtime/option-checks.ts'
import type { KeyOfArguments } from '../coalesce/call-key.ts'
import type { Failure, Success } from '../outcome.ts'
import type { CacheStore } from './cache-store.ts'

/** What is kept, for how long, and what is done with it afterwards. */
export interface CacheOptions<Args extends readonly unknown[] = readonly unknown[]> {
  /** How long an answer is fresh: it is given without a call. */
  readonly ttl: Duration
  /** The key of a call, from its arguments; undefined: it is not cached. Default: the key that its caller gave. */
  readonly key?: (...args: Args) => string | undefined
  /** For so long after that it is given at once all the same, while one call in the background gets a new one. Default: 0. */
  readonly staleWhileRevalidate?: Duration
  /** For so long after that it is given when the call fails or is refused. Default: 0. */
  readonly staleIfError?: Duration
  /** Keeps that something is not there. Default: an error is not kept, and `null` is a value like others. */
  readonly negative?: NegativeOptions
  /** Names under which the answer can be forgotten together with others: see {@link LivePipeline.invalidate}. */
  readonly tags?: (value: unknown, ...args: Args) => readonly string[]
  /** Whether a result is kept. Default: each one is. */
  readonly when?: (value: unknown, ...args: Args) => boolean
  /** Entries in this process. Default: 1000. */
  readonly max?: number
  /** Sum of the weights of all entries in this process, such as bytes. Default: no limit. */
  readonly maxWeight?: number
  /** Weight of a value. Default: 1. */
  readonly weigh?: (value: unknown) => number
  /**
   * Share of the `ttl` by which it is shortened at random, from 0 to 1: what was loaded together does not expire together.
   * Default: 0.
   */
  readonly jitter?: number
  /**
   * How long a load takes at most. It is shared by all who ask for the key, and so has none of its callers' limits; it is
   * stopped when the last of them has gone. Default: `'30s'`.
   */
  readonly loadLimit?: Duration
  /** Instead of this process's memory. */
  readonly store?: CacheStore
  /** How long a store elsewhere is waited for; then it counts as a miss. Default: `'250ms'`. */
  readonly storeLimit?: Duration
  readonly name?: string
}

/** What is not there, and how long that is believed. */
export interface NegativeOptions {
  /** How long it is believed that something is not there. */
  readonly ttl: Duration
  /** What says so. Default: results `undefined` and `null`, and errors with status 404 or 410. */
  readonly when?: (answer: Success<unknown> | Failure) => boolean
}

/** Checked options. */
export interface CacheSettings {
  readonly ttlMs: number
  readonly key: KeyOfArguments | undefined
  readonly staleWhileRevalidateMs: number
  readonly staleIfErrorMs: number
  readonly negative:
    | { readonly ttlMs: number; readonly when: (answer: Success<unknown> | Failure) => boolean }
    | undefined
  readonly tags: ((value: unknown, ...args: never[]) => readonly string[]) | undefined
  readonly when: ((value: unknown, ...args: never[]) => boolean) | undefined
  readonly max: number | undefined
  readonly maxWeight: number | undefined
  readonly weigh: ((value: unknown) => number) | undefined
  readonly jitter: number
  readonly loadLimitMs: number
  readonly store: CacheStore | undefined
  readonly storeLimitMs: number
}

const NOT_FOUND = 404
const GONE = 410

/** @throws WatertightError `INVALID_OPTION` */
export function cacheSettings(options: object): CacheSettings {
  const settings = settingsOf<CacheSettings>('cache', options, {
    ttlMs: span(),
    key: callback(),
    staleWhileRevalidateMs: duration(0),
    staleIfErrorMs: duration(0),
    negative: optional(negative),
    tags: callback(),
    when: callback(),
    max: optional(count()),
    maxWeight: anything(),
    weigh: callback(),
    jitter: between(0, 0, 1),
    loadLimitMs: limit('30s'),
    store: anything(),
    storeLimitMs: limit('250ms'),
  })
  const { store, max, maxWeight } = settings
  if (store !== undefined && (max !== undefined || maxWeight !== undefined)) {
    throw invalidOption('store', store, 'left out, or max and maxWeight with it: a store has limits of its own')
  }
  return settings
}

const negative: Check<NonNullable<CacheSettings['negative']>> = (option, given) =>
  settingsOf(option, given as object, { ttlMs: span(), when: anything(isAbsence) }, option)

function isAbsence(answer: Success<unknown> | Failure): boolean {
  if (answer.kind === 'success') return answer.value === undefined || answer.value === null
  const { error } = answer
  if (typeof error !== 'object' || error === null) return false
  const status = 'status' in error ? error.status : 'statusCode' in error ? error.statusCode : undefined
  return status === NOT_FOUND || status === GONE
}
