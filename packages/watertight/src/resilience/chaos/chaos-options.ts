import type { Duration } from '../../runtime/duration.ts'
import { invalidOption } from '../../runtime/option.ts'
import {
  anything,
  between,
  callback,
  type Check,
  type Checks,
  duration,
  flag,
  settingsOf,
} from '../../runtime/option-checks.ts'
import type { Call } from '../call.ts'

/** Which calls a fault meets. */
export interface Fault {
  /** Share of calls, 0 to 1. */
  readonly rate: number
  /** Only calls with one of these keys. Default: all. */
  readonly keys?: readonly string[]
}

/** Calls take longer, and are then made. */
export interface LatencyFault extends Fault {
  /** How much longer. */
  readonly delay: Duration
  /** Drawn evenly between `delay` and this. Default: always `delay`. */
  readonly upTo?: Duration
}

/** Calls fail without being made. */
export interface ErrorFault extends Fault {
  /** Set on the error, such as 503. */
  readonly status?: number
  /** Set on the error. Default: `'CHAOS'`. */
  readonly code?: string
  /** For people. Default: `'failed on purpose'`. */
  readonly message?: string
  /** Makes the error itself, in place of the three above. */
  readonly make?: (call: Call) => unknown
}

/** Calls are answered wrongly, without being made. */
export interface ResultFault<T> extends Fault {
  /** The wrong answer. */
  readonly value: T
}

/** What goes wrong on purpose. */
export interface ChaosOptions<T = never> {
  /** Whether anything goes wrong at all. Default: false. */
  readonly on?: boolean
  /** Calls take longer, and are then made. */
  readonly latency?: LatencyFault
  /** Calls fail without being made. */
  readonly error?: ErrorFault
  /** Calls are answered wrongly, without being made. */
  readonly result?: ResultFault<T>
  /** Calls never end by themselves. */
  readonly hang?: Fault
  readonly name?: string
}

interface Rate {
  readonly rate: number
  readonly keys: readonly string[] | undefined
}

/** Checked options: a fault that is left out has a rate of 0. */
export interface ChaosSettings {
  readonly on: boolean
  readonly latency: Rate & { readonly delayMs: number; readonly upToMs: number }
  readonly error: Rate & {
    readonly status: number | undefined
    readonly code: string
    readonly message: string
    readonly make: ((call: Call) => unknown) | undefined
  }
  readonly result: Rate & { readonly value: unknown }
  readonly hang: Rate
}

const RATE: Checks<Rate> = { rate: between(undefined, 0, 1), keys: anything() }

/** @throws WatertightError `INVALID_OPTION` */
export function chaosSettings(options: ChaosOptions<unknown>): ChaosSettings {
  const settings = settingsOf<ChaosSettings>('chaos', options, {
    on: flag(false),
    latency: fault<ChaosSettings['latency']>({
      ...RATE,
      delayMs: duration(0),
      upToMs: duration(options.latency?.delay ?? 0),
    }),
    error: fault<ChaosSettings['error']>({
      ...RATE,
      status: anything(),
      code: anything('CHAOS'),
      message: anything('failed on purpose'),
      make: callback(),
    }),
    result: fault<ChaosSettings['result']>({ ...RATE, value: anything() }),
    hang: fault(RATE),
  })
  const { latency, error, result, hang } = settings
  const { delayMs, upToMs } = latency
  if (upToMs < delayMs) throw invalidOption('latency.upTo', upToMs, `at least the delay of ${delayMs} ms`)
  const ends = error.rate + result.rate + hang.rate
  if (ends > 1 + Number.EPSILON * 4) {
    throw invalidOption('error.rate + result.rate + hang.rate', ends, 'at most 1: a call ends in one way')
  }
  return settings
}

function fault<Settings extends Rate>(checks: Checks<Settings>): Check<Settings> {
  return (option, given = { rate: 0 }) => settingsOf(`chaos.${option}`, given as object, checks, option)
}
