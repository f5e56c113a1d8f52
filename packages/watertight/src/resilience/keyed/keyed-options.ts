import type { Duration } from '../../runtime/duration.ts'
import { invalidOption } from '../../runtime/option.ts'
import { type Checks, count, limit, oneOf, settingsOf } from '../../runtime/option-checks.ts'
import type { Call } from '../call.ts'

/** By what calls are told apart, and how many keys are remembered. */
export interface KeyedOptions {
  /**
   * The key of a call: the one its caller gave (`run(fn, { key })`), or computed from the call. A call without one goes to the
   * shared compartment. Default: `'key'`.
   */
  readonly by?: 'key' | ((call: Call) => string | undefined)
  /** Keys that are remembered at once, each with a compartment of its own. Default: 10,000. */
  readonly maxKeys?: number
  /** A key that was not used for so long is forgotten; `Infinity`: only to make room. Default: `'10m'`. */
  readonly idle?: Duration
  /**
   * For a new key while `maxKeys` others are in use: `'share'` one compartment with all such keys, or `'refuse'` with
   * `TOO_MANY_KEYS`. Default: `'share'`.
   */
  readonly whenKeysFull?: 'share' | 'refuse'
  readonly name?: string
}

/** Checked options. */
export interface KeyedSettings {
  readonly by: 'key' | ((call: Call) => string | undefined)
  readonly maxKeys: number
  readonly idleMs: number
  readonly whenKeysFull: 'share' | 'refuse'
}

const CHECKS: Checks<KeyedSettings> = {
  by: (option, given = 'key') => {
    if (given === 'key' || typeof given === 'function') return given as KeyedSettings['by']
    throw invalidOption(option, given, "'key' or a function of the call")
  },
  maxKeys: count(10_000),
  idleMs: limit('10m'),
  whenKeysFull: oneOf('share', 'refuse'),
}

/** @throws WatertightError `INVALID_OPTION` */
export function keyedSettings(options: KeyedOptions): KeyedSettings {
  return settingsOf('keyed', options, CHECKS)
}

/** Splits options into those of the keys and those of the policy behind. */
export function splitOptions(options: object): { readonly keyed: Partial<KeyedOptions>; readonly inner: object } {
  const keyed: Record<string, unknown> = {}
  const inner: Record<string, unknown> = {}
  for (const [option, value] of Object.entries(options)) {
    const isOfKeys = option in CHECKS || `${option}Ms` in CHECKS
    ;(isOfKeys ? keyed : inner)[option] = value
  }
  return { keyed, inner }
}
