import type { Duration } from '../runtime/duration.ts'
import { toMilliseconds } from '../runtime/duration.ts'
import { refuseUnknown, requireBetween, requirePositiveInteger } from '../runtime/option.ts'

/** How a step is tried again. */
export interface RetryOptions {
  /** How often at most it is tried, the first time included; after the pivot there is no end. */
  readonly attempts?: number
  /** The wait after the first attempt. Default `200ms`. */
  readonly delay?: Duration
  /** By what each further wait grows. Default 2. */
  readonly factor?: number
  /** The longest wait, unless the failure asks for a longer one (`retryAfterMs`), up to an hour. Default `30s`. */
  readonly maxDelay?: Duration
  /** The share of a wait that is drawn at random, 0 to 1, so that those that failed together do not come back together. Default 0.2. */
  readonly jitter?: number
}

/** {@link RetryOptions}, checked and with its defaults, in milliseconds. */
export interface Backoff {
  readonly attempts: number
  readonly delayMs: number
  readonly factor: number
  readonly maxDelayMs: number
  readonly jitter: number
}

/** @throws WatertightError `INVALID_OPTION` */
export function backoffOf(option: string, options: RetryOptions | undefined, attempts: number): Backoff {
  if (options !== undefined) refuseUnknown(option, options, ['attempts', 'delay', 'factor', 'maxDelay', 'jitter'])
  return {
    attempts: requirePositiveInteger(`${option}.attempts`, options?.attempts ?? attempts),
    delayMs: toMilliseconds(`${option}.delay`, options?.delay ?? '200ms'),
    factor: requireBetween(`${option}.factor`, options?.factor ?? 2, 1, 100),
    maxDelayMs: toMilliseconds(`${option}.maxDelay`, options?.maxDelay ?? '30s'),
    jitter: requireBetween(`${option}.jitter`, options?.jitter ?? 0.2, 0, 1),
  }
}

/** The wait after attempt number `attempt` (1, 2, …); `draw` is a random number in [0, 1). Never longer than the longest wait. */
export function delayAfter(backoff: Backoff, attempt: number, draw: number): number {
  const full = Math.min(backoff.maxDelayMs, backoff.delayMs * backoff.factor ** Math.min(attempt - 1, 100))
  return full * (1 - backoff.jitter * draw)
}
