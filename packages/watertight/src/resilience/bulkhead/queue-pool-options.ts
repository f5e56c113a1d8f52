import type { Duration } from '../../runtime/duration.ts'
import { invalidOption } from '../../runtime/option.ts'
import { count, duration, oneOf, settingsOf, whole } from '../../runtime/option-checks.ts'

/**
 * What becomes of a call when all permits are taken and the queue is full.
 * - `'abort'`: refused with `BULKHEAD_FULL`.
 * - `'callerRuns'`: runs outside the pool, one at a time for each key of a call (all without a key count as one); who already
 *   has such a call running is refused with `BULKHEAD_FULL`. So each caller is slowed down by its own calls.
 * - `'discard'`: dropped: it ends as refused with `DISCARDED`, and is counted apart from those refused.
 * - `'discardOldest'`: takes the place of the call that waits longest among those of the lowest priority, which ends as refused
 *   with `DISCARDED`; unless all that wait are more urgent, or nobody does: then it is dropped itself.
 */
export type WhenFull = 'abort' | 'callerRuns' | 'discard' | 'discardOldest'

/** How many calls at once, and what happens to those beyond. */
export interface QueuePoolOptions {
  /** Permits that are always there. */
  readonly core: number
  /** Permits in all: those above `core` are used only when the queue is full. Default: `core`. */
  readonly max?: number
  /** Calls that may wait. Default: 0. */
  readonly queue?: number
  /** How long each of them waits at most. Default: until its own limits end it. */
  readonly maxWait?: Duration
  /** What becomes of a call for which there is no room. Default: `'abort'`. */
  readonly whenFull?: WhenFull
  /** A permit above `core` that is not used for so long goes; `Infinity`: it stays. Default: `'60s'`. */
  readonly idle?: Duration
  readonly name?: string
}

/** Checked options. */
export interface QueuePoolSettings {
  readonly core: number
  readonly max: number
  readonly queue: number
  readonly maxWaitMs: number
  readonly whenFull: WhenFull
  readonly idleMs: number
}

/** @throws WatertightError `INVALID_OPTION` */
export function queuePoolSettings(options: QueuePoolOptions): QueuePoolSettings {
  const settings = settingsOf<QueuePoolSettings>('queuePool', options, {
    core: count(),
    max: count(options.core),
    queue: whole(0, 0),
    maxWaitMs: duration(Infinity, { infinite: true }),
    whenFull: oneOf<WhenFull>('abort', 'callerRuns', 'discard', 'discardOldest'),
    idleMs: duration('60s', { infinite: true }),
  })
  const { core, max } = settings
  if (max < core) throw invalidOption('max', max, `at least the ${core} of core`)
  return settings
}
