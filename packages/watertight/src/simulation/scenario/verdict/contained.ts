import { type Duration, toMilliseconds } from '../../../runtime/duration.ts'
import { refuseUnknown, requireBetween, requireInteger, requirePositive, requireText } from '../../../runtime/option.ts'
import type { Condition } from '../run-record.ts'
import * as condition from './conditions.ts'
import type { Evidence, Expectation, Finding } from './expectation.ts'
import { phaseOf } from './window.ts'

/** What "contained" means for a scenario. Only the first five have to be said. */
export interface ContainedOptions {
  /** The route that is hit. */
  readonly route: string
  /** The phase before the trouble, which others are compared with. */
  readonly before: string
  /** The phase of the trouble. */
  readonly during: string
  /** Requests a second that can be served of this route. */
  readonly capacity: number
  /** Within this an answer is worth something. */
  readonly deadline: Duration
  /** The phase when most comes in. Default: `during`. */
  readonly peak?: string
  /** Share of what can be served that is served at the peak. Default: 0.9. */
  readonly goodput?: number
  /** From this long after the trouble on everybody is served again. Default: `'30s'`. */
  readonly recoverWithin?: Duration
  /** And stays so, for this long. Default: `'300s'`. */
  readonly recoverFor?: Duration
  /** Share of the requests that is everybody. Default: 0.999. */
  readonly success?: number
  /** Attempts for each request offered. Default: 1.1. */
  readonly attempts?: number
  /** Crashes beside those of the scenario. Default: 0. */
  readonly crashes?: number
  /** Requests that may wait in one service. Default: what can be served within the deadline. */
  readonly queue?: number
  /** Share of the work that is done for nobody. Default: 0.01. */
  readonly abandoned?: number
  /** How many times slower the other routes may be, at the 99th percentile. Default: 3. */
  readonly slower?: number
  /** Unless they are faster than this. Default: `'50ms'`. */
  readonly fastEnough?: Duration
  /** The control configuration must fail on the same seed. Default: true. */
  readonly controlFails?: boolean
}

const KNOWN = [
  'route',
  'before',
  'during',
  'capacity',
  'deadline',
  'peak',
  'goodput',
  'recoverWithin',
  'recoverFor',
  'success',
  'attempts',
  'crashes',
  'queue',
  'abandoned',
  'slower',
  'fastEnough',
  'controlFails',
] as const

/**
 * The incident stays contained: what can be served is served at the peak, everybody is served again soon after, retries make no
 * load of their own, nothing crashes by itself, queues stay short, answers come in time, little work is done for nobody, the
 * other routes do not notice. And the scenario's control configuration fails on the same seed.
 *
 * @example
 * contained({ route: 'order', before: 'before', during: 'spike', capacity: 2_000, deadline: '2s' })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function contained(options: ContainedOptions): Expectation {
  const settings = containedSettings(options)
  return { controlFails: options.controlFails ?? true, judge: (run) => judge(run, settings) }
}

type Settings = ReturnType<typeof containedSettings>

function containedSettings(options: ContainedOptions) {
  refuseUnknown('contained', options, KNOWN)
  const during = requireText('during', options.during)
  const capacity = requirePositive('capacity', options.capacity)
  const deadlineMs = toMilliseconds('deadline', options.deadline, { positive: true })
  return {
    route: requireText('route', options.route),
    before: requireText('before', options.before),
    during,
    capacity,
    deadlineMs,
    peak: options.peak ?? during,
    goodput: requireBetween('goodput', options.goodput ?? 0.9, 0, 1),
    recoverWithinMs: toMilliseconds('recoverWithin', options.recoverWithin ?? '30s'),
    recoverForMs: toMilliseconds('recoverFor', options.recoverFor ?? '300s', { positive: true }),
    success: requireBetween('success', options.success ?? 0.999, 0, 1),
    attempts: requirePositive('attempts', options.attempts ?? 1.1),
    crashes: requireInteger('crashes', options.crashes ?? 0, 0),
    queue: requireInteger('queue', options.queue ?? Math.ceil((capacity * deadlineMs) / 1_000), 0),
    abandoned: requireBetween('abandoned', options.abandoned ?? 0.01, 0, 1),
    slower: requirePositive('slower', options.slower ?? 3),
    floorMs: toMilliseconds('fastEnough', options.fastEnough ?? '50ms'),
  }
}

function judge(run: Evidence, settings: Settings): readonly Condition[] {
  const { route, during, success, recoverWithinMs, recoverForMs } = settings
  const over = phaseOf(run, during).toMs + recoverWithinMs
  const window = { fromMs: over, toMs: Math.min(run.untilMs, over + recoverForMs) }
  const found: Record<string, Finding> = {
    'goodput at the peak': condition.goodputAtPeak(run, { ...settings, share: settings.goodput }),
    'recovery after it': condition.recovery(run, { route, window, success }),
    'attempts for each request': condition.amplification(run, { route, most: settings.attempts }),
    crashes: condition.crashes(run, { most: settings.crashes }),
    'longest queue': condition.queues(run, { most: settings.queue }),
    'p99 of what succeeded': condition.latency(run, settings),
    'abandoned work': condition.abandonedWork(run, { most: settings.abandoned }),
  }
  for (const other of Object.keys(run.routes)) {
    if (other !== route) found[`${other} is unchanged`] = condition.unchanged(run, { ...settings, route: other })
  }
  return Object.entries(found).map(([name, finding]) => ({ name, ...finding }))
}
