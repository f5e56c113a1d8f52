import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import {
  refuseUnknown,
  requireBetween,
  requireInteger,
  requireOneOf,
  requirePositiveInteger,
} from '../../runtime/option.ts'
import { learnable } from '../timeout/adaptive-timeout-options.ts'
import type { LevelSettings } from './admission-levels.ts'
import type { CodelSettings } from './codel.ts'

/** How calls are told apart by user; see {@link AdmissionLevels}. The user is the `key` of the call. */
export interface FairnessOptions {
  /** Groups that users are in, within each priority. Default: 128. */
  readonly groups?: number
  /** How often the bar between the levels that are served and the others is moved. Default: `'1s'`. */
  readonly window?: Duration
  /** Or after so many calls, if they come sooner. Default: 2,000. */
  readonly windowCalls?: number
  /** Share of the admitted calls that is shed more, in each window under overload. Default: 0.05. */
  readonly decrease?: number
  /** Share of all calls that is admitted more, in each other window. Default: 0.01. */
  readonly increase?: number
  /** How often users change their group. Default: `'1h'`. */
  readonly rotate?: Duration
}

/** How much a service takes on, and what it sheds. */
export interface LoadShedderOptions {
  /** Calls at once. */
  readonly concurrent: number
  /** Calls that may wait: bursts, not overload. Default: ten times `concurrent`. */
  readonly queue?: number
  /** How long a call may wait without anything being wrong. Default: `'20ms'`. */
  readonly target?: Duration
  /** How long all waits must be above it before calls are shed; while they are, no call waits longer. Default: `'100ms'`. */
  readonly interval?: Duration
  /**
   * `'adaptive'`: while calls are shed, who came last is served first: its caller is still there. `'fifo'`: never. Default:
   * `'adaptive'`.
   */
  readonly order?: 'adaptive' | 'fifo'
  /** Sheds by levels of users, also before the queue. Default: false, off. */
  readonly fairness?: FairnessOptions | boolean
  readonly name?: string
}

/** Checked options. */
export interface LoadShedderSettings extends CodelSettings {
  readonly concurrent: number
  readonly queue: number
  readonly order: 'adaptive' | 'fifo'
  readonly fairness: LevelSettings | undefined
}

const QUEUE_FACTOR = 10

/** @throws WatertightError `INVALID_OPTION` */
export function loadShedderSettings(options: LoadShedderOptions): LoadShedderSettings {
  const known = ['concurrent', 'queue', 'target', 'interval', 'order', 'fairness', 'name']
  refuseUnknown('loadShedder', options, known)
  const concurrent = requirePositiveInteger('concurrent', options.concurrent)
  const { fairness = false } = options
  return {
    concurrent,
    queue: requireInteger('queue', options.queue ?? concurrent * QUEUE_FACTOR, 0),
    targetMs: toMilliseconds('target', options.target ?? '20ms', { positive: true }),
    intervalMs: toMilliseconds('interval', options.interval ?? '100ms', { positive: true }),
    order: requireOneOf('order', options.order ?? 'adaptive', ['adaptive', 'fifo']),
    fairness: fairness === false ? undefined : levels(fairness === true ? {} : fairness),
  }
}

function levels(options: FairnessOptions): LevelSettings {
  refuseUnknown('loadShedder.fairness', options, ['groups', 'window', 'windowCalls', 'decrease', 'increase', 'rotate'])
  return {
    groups: requireInteger('fairness.groups', options.groups ?? 128, 1, 65_536),
    windowMs: toMilliseconds('fairness.window', options.window ?? '1s', { positive: true }),
    windowCalls: requirePositiveInteger('fairness.windowCalls', options.windowCalls ?? 2_000),
    decrease: learnable('fairness.decrease', options.decrease ?? 0.05),
    increase: requireBetween('fairness.increase', options.increase ?? 0.01, 0, 1),
    rotateMs: toMilliseconds('fairness.rotate', options.rotate ?? '1h', { positive: true }),
  }
}
