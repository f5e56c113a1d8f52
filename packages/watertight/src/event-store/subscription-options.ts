import type { Duration } from '../runtime/duration.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Commit } from '../store/commit.ts'
import type { StoredEvent } from '../store/event.ts'
import type { Position } from '../store/position.ts'
import type { Store } from '../store/store.ts'

/** What a handler may have committed together with the checkpoint: then it happens exactly once. */
export interface HandledParts extends Pick<Commit, 'appends' | 'rows' | 'timers' | 'keys' | 'inbox'> {
  /** The last position that was handled, when it is less than the whole batch: the rest comes again. */
  readonly upTo?: Position
}

/** What a handler is told about a batch. */
export interface HandlerContext {
  /** Aborts when the subscription closes or loses its lease. */
  readonly signal: AbortSignal
  /** 1, and more when the batch failed before. */
  readonly attempt: number
  /**
   * How many processes have died while they handled this event, which then comes alone. An event that kills its process
   * again and again can be told by it, and put aside.
   */
  readonly crashes: number
}

/**
 * Handles a batch. What it returns is committed together with the checkpoint, or not at all; anything else it does may
 * happen again after a crash.
 */
export type BatchHandler = (
  events: readonly StoredEvent[],
  context: HandlerContext,
) => Promise<HandledParts | void> | HandledParts | void

export interface SubscriptionOptions {
  /** Whose log is followed, and where the checkpoint is. */
  readonly store: Store
  /** Names the checkpoint and the lease: members of the same name share the work, one at a time. */
  readonly name: string
  /** What to do with the events. */
  readonly handle: BatchHandler
  /** What it waits on and reads clocks from. Default: the system runtime. */
  readonly runtime?: Runtime
  /** Only events of streams of this tenant. Default: all. */
  readonly tenant?: string
  /** Only events of streams of these categories. Default: all. */
  readonly categories?: readonly string[]
  /** Only events of these types. Default: all. */
  readonly types?: readonly string[]
  /** Most events handed over at once. Default: 256. */
  readonly batch?: number
  /**
   * Into how many parts the streams fall, so that members share the work: 1 to 1,024. Fixed once it has run: another number is
   * refused. Default: 1.
   */
  readonly partitions?: number
  /** How long a dead member keeps the others waiting. Default: `'10s'`. */
  readonly leaseTtl?: Duration
  /** The first pause after an error; it doubles up to `maxRetryDelay`. Default: 100. */
  readonly retryDelay?: Duration
  /** The longest pause after an error. Default: `'30s'`. */
  readonly maxRetryDelay?: Duration
  /** Closes the subscription when it aborts. */
  readonly signal?: AbortSignal
}

/** What a subscription tells. */
export interface SubscriptionEvents {
  /** This member runs from now on; another one does not. */
  owned: { readonly name: string; readonly epoch: number }
  /** This member runs no more: closed, or its lease is lost. */
  released: { readonly name: string; readonly epoch: number }
  handled: {
    readonly name: string
    readonly events: number
    readonly position: Position
    /** How old the last event was when it had been handled, by the two clocks concerned. */
    readonly lagMs: number
  }
  /** A batch failed, and is tried again. */
  failed: { readonly name: string; readonly error: unknown; readonly attempt: number; readonly retryInMs: number }
}

/** Options after validation, in milliseconds. */
export interface SubscriptionSettings extends Omit<SubscriptionOptions, 'partitions'> {
  readonly runtime: Runtime
  readonly batch: number
  /** Only events of streams of this part. */
  readonly partition?: { readonly index: number; readonly of: number }
  readonly ttlMs: number
  readonly retryDelayMs: number
  readonly maxRetryDelayMs: number
}
