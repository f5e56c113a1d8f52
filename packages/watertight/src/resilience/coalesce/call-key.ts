import { asked } from '../asked.ts'
import type { Site } from '../policy.ts'
import type { Scope } from '../scope.ts'

/** Tells calls apart by their arguments; undefined: this one is to be made by itself. */
export type KeyOfArguments = (...args: never[]) => string | undefined

/**
 * The key of a call: from its arguments, else the one that its caller gave. A key function that throws is reported, and the
 * call is made by itself.
 */
export function callKey({ call }: Scope, key: KeyOfArguments | undefined, { runtime }: Site): string | undefined {
  if (key === undefined) return call.key
  return asked(runtime, () => key(...(call.args as never[])), undefined)
}
