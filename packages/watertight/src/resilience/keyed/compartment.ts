import type { Linked } from '../chain.ts'
import type { Guard } from '../policy.ts'

/** A guard that knows when forgetting it loses nothing. */
export interface Forgettable {
  forgettable(now: number): boolean
}

/** The live guard of one key, and who uses it. */
export class Compartment implements Linked<Compartment> {
  /** Undefined: the one that is shared. */
  readonly key: string | undefined
  readonly guard: Guard
  /** Calls that wait for it or were let through and have not ended. */
  uses = 0
  /** Since when nobody uses it. */
  idleSince = 0
  /** Neighbours among the idle ones: not for others. */
  before: Compartment | undefined = undefined
  after: Compartment | undefined = undefined

  constructor(key: string | undefined, guard: Guard) {
    this.key = key
    this.guard = guard
  }

  /** Whether it can be forgotten at `now` without giving its key anything. */
  forgettable(now: number): boolean {
    return !knowsWhen(this.guard) || this.guard.forgettable(now)
  }
}

function knowsWhen(guard: Guard): guard is Guard & Forgettable {
  return 'forgettable' in guard && typeof guard.forgettable === 'function'
}
