import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption, refuseUnknown, requireBetween } from '../../runtime/option.ts'
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
  readonly error: Rate & Omit<ErrorFault, keyof Fault>
  readonly result: Rate & { readonly value: unknown }
  readonly hang: Rate
}

const FAULT = ['rate', 'keys'] as const

/** @throws WatertightError `INVALID_OPTION` */
export function chaosSettings(options: ChaosOptions<unknown>): ChaosSettings {
  refuseUnknown('chaos', options, ['on', 'latency', 'error', 'result', 'hang', 'name'])
  const { latency, error, result, hang } = options
  if (latency !== undefined) refuseUnknown('chaos.latency', latency, [...FAULT, 'delay', 'upTo'])
  if (error !== undefined) refuseUnknown('chaos.error', error, [...FAULT, 'status', 'code', 'message', 'make'])
  if (result !== undefined) refuseUnknown('chaos.result', result, [...FAULT, 'value'])
  if (hang !== undefined) refuseUnknown('chaos.hang', hang, FAULT)
  const delayMs = toMilliseconds('latency.delay', latency?.delay ?? 0)
  const upToMs = toMilliseconds('latency.upTo', latency?.upTo ?? delayMs)
  if (upToMs < delayMs) throw invalidOption('latency.upTo', latency?.upTo, `at least the delay of ${delayMs} ms`)
  const { rate: _, keys: __, ...how } = error ?? { rate: 0 }
  const settings: ChaosSettings = {
    on: options.on ?? false,
    latency: { ...rate('latency', latency), delayMs, upToMs },
    error: { ...rate('error', error), ...how },
    result: { ...rate('result', result), value: result?.value },
    hang: rate('hang', hang),
  }
  const ends = settings.error.rate + settings.result.rate + settings.hang.rate
  if (ends > 1 + Number.EPSILON * 4) {
    throw invalidOption('error.rate + result.rate + hang.rate', ends, 'at most 1: a call ends in one way')
  }
  return settings
}

function rate(fault: string, given: Fault | undefined): Rate {
  return {
    rate: requireBetween(`${fault}.rate`, given?.rate ?? (given === undefined ? 0 : Number.NaN), 0, 1),
    keys: given?.keys,
  }
}
