import type { Cause } from '../runtime/cancellation.ts'
import type { Advice } from './advice.ts'

/** Why a retry did not try again. */
export type GiveUpReason =
  | 'attempts'
  | 'elapsed'
  | 'deadline'
  | 'budget'
  | 'retry-after'
  | 'given-up-inside'
  | 'not-idempotent'

/** Why a rate limiter refused: too early, too many wait, it would wait too long, its deadline comes first, it costs too much. */
export type LimiterRefusal = 'limit' | 'queue' | 'wait' | 'deadline' | 'cost'

/**
 * Why a load shedder refused: the queue is full; it made room for another call; it waited too long; its deadline came first; its
 * level is not served at present.
 */
export type ShedReason = 'full' | 'discarded' | 'delay' | 'deadline' | 'level'

interface OfCall {
  readonly pipeline: string
  readonly call: number
}

interface OfPolicy {
  readonly pipeline: string
  readonly policy: string
}

/** What a live pipeline tells. State is final before its event; durations are milliseconds. */
export type PipelineEvents = {
  'call.succeeded': OfCall & { readonly durationMs: number; readonly attempts: number }
  'call.failed': OfCall & {
    readonly durationMs: number
    readonly attempts: number
    readonly kind: 'failure' | 'overloaded' | 'ignored'
    readonly error: unknown
  }
  'call.rejected': OfCall & {
    readonly by: string
    readonly code: string
    readonly retryAfterMs: number | undefined
    readonly attempts: number
  }
  'call.cancelled': OfCall & { readonly cause: Cause; readonly durationMs: number; readonly attempts: number }
  'attempt.failed': OfCall & {
    readonly attempt: number
    readonly kind: 'failure' | 'overloaded' | 'ignored' | 'cancelled'
    readonly error: unknown
  }
  'work.abandoned': OfCall & { readonly attempt: number; readonly cause: Cause; readonly abandoned: number }
  'retry.waiting': OfPolicy & { readonly call: number; readonly nextAttempt: number; readonly delayMs: number }
  'retry.gaveUp': OfPolicy & {
    readonly call: number
    readonly attempts: number
    readonly reason: GiveUpReason
    /** `RETRY_BUDGET_EXHAUSTED` where the budget refused. */
    readonly code: string | undefined
  }
  'timeout.fired': OfPolicy & { readonly call: number; readonly attempt: number; readonly afterMs: number }
  'breaker.opened': OfPolicy & {
    /** For people, such as "8 of 15 failed". */
    readonly reason: string
    readonly calls: number
    readonly failures: number
    readonly slow: number
    readonly openForMs: number
    /** Openings since it was last closed, this one included. */
    readonly openings: number
  }
  'breaker.halfOpened': OfPolicy & { readonly probes: number; readonly openForMs: number }
  'breaker.closed': OfPolicy & { readonly successes: number; readonly rampUpMs: number }
  'breaker.moded': OfPolicy & { readonly mode: string; readonly before: string }
  'bulkhead.queued': OfPolicy & { readonly active: number; readonly waiting: number }
  'bulkhead.refused': OfPolicy & {
    readonly active: number
    readonly waiting: number
    readonly reason: 'full' | 'waited' | 'discarded'
  }
  'bulkhead.saturated': OfPolicy & {
    readonly active: number
    readonly waiting: number
    /** How often that has happened. */
    readonly saturations: number
  }
  'limiter.queued': OfPolicy & { readonly call: number; readonly cost: number; readonly waiting: number }
  'limiter.refused': OfPolicy & {
    readonly call: number
    readonly key: string | undefined
    readonly cost: number
    readonly reason: LimiterRefusal
    readonly retryAfterMs: number | undefined
    readonly waiting: number
  }
  'throttle.refused': OfPolicy & {
    readonly call: number
    readonly priority: number
    /** Share of the calls of this priority that is refused at present. */
    readonly refusing: number
  }
  'keys.full': OfPolicy & { readonly call: number; readonly key: string; readonly keys: number }
  'limit.changed': OfPolicy & { readonly limit: number; readonly before: number }
  'limit.refused': OfPolicy & {
    readonly active: number
    readonly waiting: number
    readonly limit: number
    readonly reason: 'full' | 'waited'
  }
  'shedder.refused': OfPolicy & { readonly active: number; readonly waiting: number; readonly reason: ShedReason }
  /** It began or ceased to shed by queue delay. */
  'shedder.pressure': OfPolicy & { readonly on: boolean; readonly delayMs: number }
  'hedge.started': OfPolicy & { readonly call: number; readonly path: number; readonly afterMs: number }
  'hedge.won': OfPolicy & { readonly call: number; readonly path: number }
  /** The budget did not allow it. */
  'hedge.denied': OfPolicy & { readonly call: number; readonly path: number }
  'chaos.injected': OfPolicy & {
    readonly call: number
    readonly attempt: number
    readonly fault: 'latency' | 'error' | 'result' | 'hang'
  }
  'fallback.answered': OfPolicy & { readonly call: number; readonly source: number; readonly instead: string }
  'fallback.failed': OfPolicy & { readonly call: number; readonly source: number; readonly error: unknown }
  /** `waiting`: calls that wait for the same run already. */
  'coalesce.joined': OfPolicy & { readonly call: number; readonly key: string; readonly waiting: number }
  'cache.hit': OfPolicy & { readonly call: number; readonly key: string; readonly negative: boolean }
  'cache.missed': OfPolicy & { readonly call: number; readonly key: string; readonly waiting: number }
  'cache.stale': OfPolicy & {
    readonly call: number
    readonly key: string
    readonly reason: 'revalidating' | 'error'
    readonly ageMs: number
  }
  'cache.refreshFailed': OfPolicy & { readonly key: string; readonly outcome: string }
  'cache.storeFailed': OfPolicy & { readonly operation: 'get' | 'set' | 'abandon'; readonly error: unknown }
  'cache.invalidated': OfPolicy & {
    readonly key: string | undefined
    readonly tag: string | undefined
    readonly entries: number
  }
  /** A request failed that cannot be repeated: by its `method`, or because its `body` is a stream. */
  'http.notRepeated': OfCall & {
    readonly origin: string
    readonly method: string
    readonly reason: 'method' | 'body'
  }
  'policy.updated': OfPolicy & { readonly options: object }
  'policy.restored': OfPolicy & { readonly state: object }
  /** New calls are refused from now on. */
  'pipeline.closing': { readonly pipeline: string; readonly inFlight: number }
  'order.advised': { readonly pipeline: string } & Advice
}
