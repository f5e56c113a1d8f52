import { invalidOption } from './option.ts'

/**
 * The tick, in whole milliseconds, on which a timer armed at `now` fires: the first one that is neither early nor the
 * current one, so that a timer never fires inside the call that arms it, nor endlessly within one tick.
 *
 * @throws WatertightError `INVALID_OPTION` when `delayMs` is NaN.
 */
export function dueTick(now: number, delayMs: number): number {
  if (Number.isNaN(delayMs)) throw invalidOption('delayMs', delayMs, 'a number of milliseconds')
  return Math.max(Math.ceil(now + delayMs), Math.floor(now) + 1)
}
