import { type Duration, toMilliseconds } from '../runtime/duration.ts'
import { isWatertightError } from '../runtime/error.ts'
import { refuseUnknown } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Store } from '../store/store.ts'
import { pause } from './pause.ts'

export interface InboxRetentionOptions {
  /** Whose inbox. */
  readonly store: Store
  /**
   * How long it is known that a message was handled: longer than the longest time after which one may be delivered again.
   * Default: `'30d'`.
   */
  readonly keep?: Duration
  /** How often old ones are looked for. Default: `'1h'`. */
  readonly every?: Duration
  /** What it waits on. Default: the system runtime. */
  readonly runtime?: Runtime
}

/** See {@link inboxRetention}. */
export interface InboxRetention {
  /** Ends it. Idempotent. */
  close(): Promise<void>
}

const AT_ONCE = 1_000

/**
 * Keeps the inbox from growing without bound: forgets now and then what was handled long ago, in small pieces. Holds no process.
 * Errors are reported to the runtime, and what was left is done the next time. Any number of processes may do it.
 *
 * @example
 * const retention = inboxRetention({ store, keep: '14d' })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function inboxRetention(options: InboxRetentionOptions): InboxRetention {
  refuseUnknown('inboxRetention', options, ['store', 'keep', 'every', 'runtime'])
  const { store, runtime = systemRuntime } = options
  const keepMs = toMilliseconds('keep', options.keep ?? '30d', { positive: true })
  const everyMs = toMilliseconds('every', options.every ?? '1h', { positive: true })
  const stop = new AbortController()

  const prune = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        while ((await store.pruneInbox(keepMs, AT_ONCE)) === AT_ONCE && !stop.signal.aborted);
      } catch (error) {
        if (isWatertightError(error, 'STORE_CLOSED')) return
        runtime.report(error)
      }
      await pause(runtime, everyMs, stop.signal)
    }
  }
  const running = prune()
  return {
    close: () => {
      stop.abort()
      return running
    },
  }
}
