import type { Duration } from '../../runtime/duration.ts'
import { between, callback, settingsOf, span } from '../../runtime/option-checks.ts'
import type { Priority } from '../call.ts'

/** How much more than it takes on the backend is sent. */
export interface ThrottlingOptions {
  /**
   * Calls that are sent for each one that is accepted, at least 1: near 1 the backend has the least to turn away, higher values
   * notice sooner that it has recovered. One for all, or by priority. Default: 2.
   */
  readonly k?: number | { readonly low?: number; readonly normal?: number; readonly high?: number }
  /** What is remembered. Default: `'2m'`. */
  readonly window?: Duration
  /** Whether the backend took on the call that ended with this error. Default: see {@link throttling}. */
  readonly accepted?: ((error: unknown) => boolean) | undefined
  readonly name?: string
}

/** Checked options. */
export interface ThrottlingSettings {
  /** By priority level, lowest first. */
  readonly k: readonly [low: number, normal: number, high: number]
  readonly windowMs: number
  readonly accepted: ((error: unknown) => boolean) | undefined
}

const K = between(2, 1, Number.MAX_VALUE)

/** @throws WatertightError `INVALID_OPTION` */
export function throttlingSettings(options: ThrottlingOptions): ThrottlingSettings {
  return settingsOf<ThrottlingSettings>('throttling', options, {
    k: (option, given) => {
      if (typeof given !== 'object' || given === null) {
        const k = K(option, given)
        return [k, k, k]
      }
      const checks = { low: K, normal: K, high: K }
      const { low, normal, high } = settingsOf<Record<Priority, number>>('throttling k', given, checks, option)
      return [low, normal, high]
    },
    windowMs: span('2m'),
    accepted: callback(),
  })
}
