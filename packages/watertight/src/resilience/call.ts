import { invalidOption, refuseUnknown } from '../runtime/option.ts'

/** How urgent a call is where calls have to wait for each other. Default: `'normal'`. */
export type Priority = 'low' | 'normal' | 'high'

const LEVELS: readonly Priority[] = ['low', 'normal', 'high']
/** The level of `'normal'`. */
export const NORMAL = 1

/** Number of priority levels: 0 is the lowest. */
export const PRIORITY_LEVELS = 3

/** What one call says of itself. Never changes; all its attempts share it. */
export interface Call {
  /** Counted by the live pipeline, or given by the caller: the key of its random draws. */
  readonly id: number
  /** The arguments, where the call is made through `wrap` or with `args`. */
  readonly args: readonly unknown[]
  /** What keyed policies tell calls apart by. */
  readonly key: string | undefined
  /** 0 (low), 1 (normal) or 2 (high). */
  readonly priority: number
  /** Whether it can be made twice without doing twice what it does; undefined: the caller does not say. */
  readonly idempotent: boolean | undefined
}

/** The arguments of a call that names none. */
export const NO_ARGUMENTS: readonly unknown[] = []

/** A {@link Call}: a class, so that all calls have one shape, however they were made. */
export class OneCall implements Call {
  readonly id: number
  readonly args: readonly unknown[]
  readonly key: string | undefined
  readonly priority: number
  readonly idempotent: boolean | undefined

  constructor(
    id: number,
    args: readonly unknown[],
    key: string | undefined,
    priority: number,
    idempotent: boolean | undefined,
  ) {
    this.id = id
    this.args = args
    this.key = key
    this.priority = priority
    this.idempotent = idempotent
  }
}

/** What a caller can say of one call. */
export interface RunOptions {
  /** Aborting it ends the call at once, as `CANCELLED`: also while it waits in a queue or between two attempts. */
  readonly signal?: AbortSignal | undefined
  /** How urgent the call is. Default: `'normal'`. */
  readonly priority?: Priority | undefined
  /** What keyed policies tell calls apart by. */
  readonly key?: string | undefined
  /** The instant, by `runtime.now()`, after which nobody wants the result any more. Default: none. */
  readonly deadline?: number | undefined
  /** Arguments that policies may look at. Default: none. */
  readonly args?: readonly unknown[] | undefined
  /**
   * Whether the call can be made twice without doing twice what it does. False: it is tried again only when it has definitely
   * not been executed, and never hedged. Default: what the policies say.
   */
  readonly idempotent?: boolean | undefined
  /** A whole number that keys the random draws of this call. Default: counted by the pipeline. */
  readonly id?: number | undefined
}

const RUN_OPTIONS: readonly string[] = ['signal', 'priority', 'key', 'deadline', 'args', 'idempotent', 'id']

/**
 * Refuses what a call does not know, such as a misspelt `signal`, or the signal itself in place of options.
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function requireRunOptions(options: RunOptions): void {
  for (const option in options) if (!RUN_OPTIONS.includes(option)) refuseUnknown('a call', { [option]: 0 }, RUN_OPTIONS)
}

/** @throws WatertightError `INVALID_OPTION` when `priority` is none. */
export function priorityLevel(priority: Priority | undefined): number {
  if (priority === undefined) return NORMAL
  const level = LEVELS.indexOf(priority)
  if (level < 0) throw invalidOption('priority', priority, "one of 'low', 'normal', 'high'")
  return level
}
