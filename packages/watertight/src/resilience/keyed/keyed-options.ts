import { type Duration, toMilliseconds } from '../../runtime/duration.ts'
import { invalidOption, requireOneOf, requirePositiveInteger } from '../../runtime/option.ts'
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

/** The options of a keyed policy that are not those of the policy it keeps for each key. */
export const KEYED_OPTIONS = ['by', 'maxKeys', 'idle', 'whenKeysFull'] as const

/** @throws WatertightError `INVALID_OPTION` */
export function keyedSettings({
  by = 'key',
  maxKeys = 10_000,
  idle = '10m',
  whenKeysFull = 'share',
}: KeyedOptions): KeyedSettings {
  if (by !== 'key' && typeof by !== 'function') throw invalidOption('by', by, "'key' or a function of the call")
  return {
    by,
    maxKeys: requirePositiveInteger('maxKeys', maxKeys),
    idleMs: toMilliseconds('idle', idle, { positive: true, infinite: true }),
    whenKeysFull: requireOneOf('whenKeysFull', whenKeysFull, ['share', 'refuse']),
  }
}

/** Splits options into those of the keys and those of the policy behind. */
export function splitOptions(options: object): { readonly keyed: Partial<KeyedOptions>; readonly inner: object } {
  const keyed: Record<string, unknown> = {}
  const inner: Record<string, unknown> = {}
  for (const [option, value] of Object.entries(options)) {
    const belongs: readonly string[] = KEYED_OPTIONS
    ;(belongs.includes(option) ? keyed : inner)[option] = value
  }
  return { keyed, inner }
}
