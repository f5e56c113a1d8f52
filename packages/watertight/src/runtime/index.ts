export { NEVER, CancelSource, type CancelToken, type Cause } from './cancellation.ts'
export { DEADLINE_HEADER, readDeadline, writeDeadline } from './deadline.ts'
export { toMilliseconds, type Duration, type DurationBounds } from './duration.ts'
export { Emitter, type AnyEvent, type Unsubscribe } from './emitter.ts'
export { isWatertightError, WatertightError, type WatertightErrorOptions } from './error.ts'
export { makeIds } from './id.ts'
export {
  invalidOption,
  refuseUnknown,
  requireBetween,
  requireInteger,
  requireOneOf,
  requirePositive,
  requirePositiveInteger,
  requireText,
} from './option.ts'
export { keyedRandom, type KeyedRandom } from './random.ts'
export type { ContextCarrier, KeptContext, Runtime, Timer } from './runtime.ts'
export { systemRuntime } from './system-runtime.ts'
