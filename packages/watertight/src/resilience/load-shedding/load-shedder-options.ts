import type { Duration } from '../../runtime/duration.ts'
import { between, count, fraction, oneOf, settingsOf, span, whole } from '../../runtime/option-checks.ts'
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
  return settingsOf<LoadShedderSettings>('loadShedder', options, {
    concurrent: count(),
    queue: whole(options?.concurrent * QUEUE_FACTOR, 0),
    targetMs: span('20ms'),
    intervalMs: span('100ms'),
    order: oneOf('adaptive', 'fifo'),
    fairness: (_, given) =>
      given === undefined || given === false ? undefined : levels(given === true ? {} : (given as object)),
  })
}

function levels(options: object): LevelSettings {
  return settingsOf<LevelSettings>(
    'loadShedder.fairness',
    options,
    {
      groups: whole(128, 1, 65_536),
      windowMs: span('1s'),
      windowCalls: count(2_000),
      decrease: fraction(0.05),
      increase: between(0.01, 0, 1),
      rotateMs: span('1h'),
    },
    'fairness',
  )
}
