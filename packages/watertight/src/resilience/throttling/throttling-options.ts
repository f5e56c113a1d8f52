import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { refuseUnknown, requireBetween } from '../../runtime/option.ts'

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

const K = 2

/** @throws WatertightError `INVALID_OPTION` */
export function throttlingSettings(options: ThrottlingOptions): ThrottlingSettings {
  refuseUnknown('throttling', options, ['k', 'window', 'accepted', 'name'])
  const { k = K, window = '2m', accepted } = options
  if (typeof k === 'object') refuseUnknown('throttling k', k, ['low', 'normal', 'high'])
  const { low = K, normal = K, high = K } = typeof k === 'object' ? k : { low: k, normal: k, high: k }
  const name = (level: string): string => (typeof k === 'object' ? `k.${level}` : 'k')
  return {
    k: [
      requireBetween(name('low'), low, 1, Number.MAX_VALUE),
      requireBetween(name('normal'), normal, 1, Number.MAX_VALUE),
      requireBetween(name('high'), high, 1, Number.MAX_VALUE),
    ],
    windowMs: toMilliseconds('window', window, { positive: true }),
    accepted,
  }
}
