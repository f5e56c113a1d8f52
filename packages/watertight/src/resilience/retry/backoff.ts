import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { requireBetween } from '../../runtime/option.ts'
import { type Check, type Checks, duration, oneOf, positive, settingsOf } from '../../runtime/option-checks.ts'

/**
 * How chance spreads the delays, so that callers who failed together do not come back together: `'full'`: from 0 to the delay;
 * `'equal'`: from half of it; `'decorrelated'`: from the base to three times the previous delay; a number from 0 to 1: that
 * share up or down; `'none'`. After "Exponential Backoff And Jitter" (M. Brooker, AWS Architecture Blog, 2015).
 */
export type Jitter = 'none' | 'full' | 'equal' | 'decorrelated' | number

/** How long to wait before the next attempt: data, but for `custom`. Durations are milliseconds. */
export type Backoff =
  | {
      readonly kind: 'fixed' | 'linear' | 'exponential' | 'fibonacci'
      readonly base: number
      readonly max: number
      readonly factor: number
      readonly jitter: Jitter
    }
  | { readonly kind: 'custom'; readonly delay: (failed: FailedTries) => Duration; readonly max: number }

/** What a custom backoff is told. */
export interface FailedTries {
  /** Tries that have failed so far: 1 before the first retry. */
  readonly failures: number
  /** The previous delay in milliseconds, 0 before the first. */
  readonly previousMs: number
}

interface Spread {
  /** The longest delay. Default: `'1d'`. */
  readonly max?: Duration
  /** How chance spreads the delays. Default: `'full'`. */
  readonly jitter?: Jitter
}

/** Options of {@link linear}, {@link fibonacci} and, with `factor`, {@link exponential}. */
export interface GrowthOptions extends Spread {
  /** The first delay. */
  readonly base: Duration
}

const DAY_MS = 86_400_000

/** No wait at all. For a conflict that the next try resolves; poison for a dependency in trouble. */
export function immediate(): Backoff {
  return { kind: 'fixed', base: 0, max: 0, factor: 1, jitter: 'none' }
}

/** The same delay each time. Default jitter: none. @throws WatertightError `INVALID_OPTION` */
export function fixed(delay: Duration, options: { readonly jitter?: Jitter } = {}): Backoff {
  const base = toMilliseconds('delay', delay)
  const { jitter } = settingsOf<Pick<Growth, 'jitter'>>('fixed', options, { jitter: spreading('none') })
  return { kind: 'fixed', factor: 1, base, jitter, max: jitter === 'none' ? base : DAY_MS }
}

/** `base`, 2 `base`, 3 `base` … up to `max` (default a day). Default jitter: full. @throws WatertightError `INVALID_OPTION` */
export function linear(options: GrowthOptions): Backoff {
  return { kind: 'linear', factor: 1, ...settingsOf('linear', options, growth()) }
}

/**
 * `base`, `base * factor`, `base * factor^2` … up to `max`. Defaults: factor 2, max a day, jitter full.
 *
 * @example
 * exponential({ base: '100ms', max: '10s', jitter: 'full' })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function exponential(options: GrowthOptions & { readonly factor?: number }): Backoff {
  return { kind: 'exponential', ...settingsOf('exponential', options, { ...growth(), factor: positive(2) }) }
}

/** `base` times 1, 1, 2, 3, 5, 8 … up to `max` (default a day). Default jitter: full. @throws WatertightError `INVALID_OPTION` */
export function fibonacci(options: GrowthOptions): Backoff {
  return { kind: 'fibonacci', factor: 1, ...settingsOf('fibonacci', options, growth()) }
}

/** Delays of your own. A result that is negative or no number counts as 0, one above `max` (default a day) as `max`. */
export function custom(
  delay: (failed: FailedTries) => Duration,
  { max = '1d' }: { readonly max?: Duration } = {},
): Backoff {
  return { kind: 'custom', delay, max: toMilliseconds('max', max) }
}

/**
 * Milliseconds to wait after `failures` failed tries: always finite, from 0 to the backoff's `max`. `draw` gives a random
 * number in [0, 1).
 */
export function delayAfter(backoff: Backoff, { failures, previousMs }: FailedTries, draw: () => number): number {
  const { max } = backoff
  if (backoff.kind === 'custom') return bounded(customDelay(backoff.delay({ failures, previousMs })), max)
  const { base, jitter } = backoff
  if (jitter === 'decorrelated') {
    const previous = Math.max(base, previousMs)
    return bounded(base + draw() * (previous * 3 - base), max)
  }
  const plain = bounded(base * multiple(backoff.kind, failures, backoff.factor), max)
  return bounded(plain * spread(jitter, draw), max)
}

interface Growth {
  readonly base: number
  readonly max: number
  readonly jitter: Jitter
}

function growth(): Checks<Growth> {
  return { base: duration(), max: duration(DAY_MS), jitter: spreading('full') }
}

function spreading(standard: Jitter): Check<Jitter> {
  return (option, given = standard) =>
    typeof given === 'number'
      ? requireBetween(option, given, 0, 1)
      : oneOf('none', 'full', 'equal', 'decorrelated')(option, given)
}

function multiple(kind: 'fixed' | 'linear' | 'exponential' | 'fibonacci', failures: number, factor: number): number {
  if (kind === 'fixed') return 1
  if (kind === 'linear') return failures
  return kind === 'exponential' ? factor ** (failures - 1) : fibonacciNumber(failures)
}

function fibonacciNumber(n: number): number {
  let [previous, current] = [0, 1]
  for (let i = 1; i < n && current !== Infinity; i++) [previous, current] = [current, previous + current]
  return current
}

function spread(jitter: Exclude<Jitter, 'decorrelated'>, draw: () => number): number {
  if (jitter === 'none') return 1
  if (jitter === 'full') return draw()
  if (jitter === 'equal') return 0.5 + draw() / 2
  return 1 - jitter + 2 * jitter * draw()
}

function customDelay(delay: Duration): number {
  return typeof delay === 'number' ? delay : toMilliseconds('delay', delay)
}

/** 0 times Infinity and other nonsense is 0: a wait that is no number would be a wait for ever, or none at all by accident. */
function bounded(ms: number, max: number): number {
  return ms > 0 ? Math.min(ms, max) : 0
}
