import { toMilliseconds } from '../../runtime/duration.ts'
import { asked } from '../asked.ts'
import type { Site } from '../policy.ts'
import { delayAfter } from '../retry/backoff.ts'
import type { BreakerSettings, Opening } from './breaker-options.ts'

/** What a computed delay that makes no sense is replaced by. */
const DEFAULT_MS = 30_000

/** For how many milliseconds a circuit opens; `previousMs` is for how long it did before. */
export function openDelay(
  openFor: BreakerSettings['openFor'],
  opening: Opening,
  previousMs: number,
  { runtime, pipeline, policy }: Site,
): number {
  if (typeof openFor === 'number') return openFor
  if (typeof openFor === 'object') {
    const draw = (): number => runtime.random(`${pipeline}/${policy}/openFor`)
    return delayAfter(openFor, { failures: opening.openings, previousMs }, draw)
  }
  return asked(runtime, () => toMilliseconds('openFor', openFor(opening)), DEFAULT_MS)
}
