import type { Emitter } from '../runtime/emitter.ts'
import type { Cause } from '../runtime/cancellation.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Invalidation } from './cache/cache-store.ts'
import type { Advice, Doubt } from './advice.ts'
import type { Outcome, Refusal, Result } from './outcome.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import type { Branch, Scope } from './scope.ts'

/** Private to the guard that gave it out: which permit, of which generation. */
export type Token = number

/** The present, for a policy that is asked or told something. The clock is read when first looked at, and once at most. */
export interface Moment {
  /** By `runtime.now()`. */
  readonly now: number
  /**
   * Milliseconds since the function was first called: waiting in an inner queue is no slowness of the dependency. 0 when it
   * was not called, or no policy of the pipeline is `timed`.
   */
  readonly ranMs: number
}

/**
 * A policy that admits or refuses, and later learns the outcome. For each token: `settle` once, when the outcome is known,
 * then `end` once, when the work has really stopped. A guard with generations ignores a stale `settle`, never an `end`.
 */
export interface Guard {
  /** Lets the call through with a token, refuses it, or makes it wait. A waiter leaves when `scope.cancel` is cancelled. */
  admit(scope: Scope, moment: Moment): Token | Refusal | Promise<Token | Refusal>
  /** True while it may turn away all calls, whatever they say of themselves: {@link turnAway} is asked then. Default: false. */
  readonly shut?: boolean
  /**
   * Asked of an outermost guard that is `shut`, before anything is made for a call: a refusal that is the same for every call
   * costs next to nothing. Undefined: `admit` is asked.
   */
  turnAway?(moment: Pick<Moment, 'now'>): Refusal | undefined
  /** Asked again after an inner guard made the call wait. */
  recheck?(token: Token, scope: Scope): Refusal | undefined
  /** Learns. */
  settle?(token: Token, outcome: Outcome<unknown>, moment: Moment): void
  /** Takes back. */
  end?(token: Token): void
  /** The function is about to be called, for the first time under this token. Told only while `watches`. */
  called?(token: Token, moment: Moment): void
  /** Whether it wants to be told when the function is called. Default: false. */
  readonly watches?: boolean
  /** Whether it looks at `ranMs`. Default: false. */
  readonly timed?: boolean
  /** Takes over what `state` said, in this process or another. @throws WatertightError `INVALID_OPTION` */
  restore?(state: object): void
  /** Changes options of the live guard. @throws WatertightError `INVALID_OPTION` */
  update(options: object): void
  /** What it is doing, in plain data. */
  state(): object
  /** What it is doing for one key, where it keeps keys apart; undefined: it knows no such key. */
  stateOf?(key: string): object | undefined
  /** @throws Error when a conservation law is broken: for tests and the simulator. */
  check(): void
}

/** A time limit that is running around a scope, and the one outside of it. */
export interface RunningLimit {
  /** By `runtime.now()`. */
  readonly due: number
  readonly outer: RunningLimit | undefined
  /** What it limited was abandoned: it counts no longer. */
  readonly over: boolean
}

/** What a strategy may do with the policies inside it. */
export interface Inner {
  /** A further way down. It is cancelled with whatever encloses the strategy. */
  branch(scope: Scope, path: { readonly attempt: number; readonly path?: number }): Branch<unknown>
  /**
   * A way down of its own, for work that several calls share or that goes on after its call: nothing that ends the call ends
   * it, only its own `stop`. Until `deadline` its result is wanted; stopping it then is up to the strategy. `executing` is
   * called each time the function is.
   */
  detach(scope: Scope, way: { readonly deadline: number; readonly executing: () => void }): Branch<unknown>
  /** The function was called on behalf of `scope` by a way down that is not its own. */
  executedElsewhere(scope: Scope): void
  /**
   * Ends what runs inside the strategy now and hands `outcome` outwards: inner guards see a cancellation by `cause`, and
   * keep the permits of work that goes on until it stops or `abandonedHoldMs` have passed.
   */
  interrupt(scope: Scope, cause: Cause, outcome: Outcome<unknown>, abandonedHoldMs: number): void
  /** Cancels what runs inside, without ending the wait for it. */
  cancel(scope: Scope, cause: Cause): void
  /** The nearest time limit around `scope` that is not over. */
  limit(scope: Scope): RunningLimit | undefined
  /** Narrows `scope.deadline` by a further limit, or sets it back to an outer one. */
  setLimit(scope: Scope, limit: RunningLimit | undefined): void
  /** The present instant, by `runtime.now()`; read once for each step of a call. */
  now(scope: Scope): number
  /** The instant when the attempt began, where the strategy is `timed`. */
  startedAt(scope: Scope): number
  /** Whether the function was called, in this attempt or below it. */
  executed(scope: Scope): boolean
  /**
   * The strategy stands in for the function from now on, as chaos does: the call counts as executed, and the time that runs as
   * the dependency's.
   */
  standIn(scope: Scope): void
  /** Remembers a value for this strategy and this scope. */
  keep(scope: Scope, value: unknown): void
  kept(scope: Scope): unknown
}

/**
 * A policy that re-runs or replaces the call. Split in two, so that passing costs neither a closure nor a promise:
 * `enter` on the way in and `leave` on the way out, both within the one loop of the pipeline; only a strategy that takes over
 * returns a promise.
 */
export interface Strategy {
  /** Before the inner policies. What it returns is the result instead of theirs; undefined: go on. */
  enter?(scope: Scope, inner: Inner): Result<unknown> | undefined
  /**
   * After the inner policies: the same outcome, another one, or a promise of one. An outcome that is `cancelled` only passes:
   * let go of what `enter` took and return it.
   */
  leave(outcome: Outcome<unknown>, scope: Scope, inner: Inner): Result<unknown>
  /** False when `leave` has nothing to do after a success. Default: true. */
  readonly leavesSuccess?: boolean
  /** True when it calls {@link Inner.interrupt}. Default: false. */
  readonly interrupts?: boolean
  /** Whether it asks {@link Inner.startedAt}. Default: false. */
  readonly timed?: boolean
  /** Forgets what it keeps. The number of entries that were there. */
  invalidate?(what: Invalidation): Promise<number>
  update(options: object): void
  state(): object
  check(): void
}

/** Where a live policy works. */
export interface Site {
  readonly runtime: Runtime
  /** Name of the pipeline. */
  readonly pipeline: string
  /** Name of the policy within it. */
  readonly policy: string
  readonly events: Emitter<PipelineEvents>
}

declare const ADDS: unique symbol
declare const TAKES: unique symbol

/**
 * The definition of a policy: options, checked and readable, and how to make the live part on a runtime. `Adds` is the type
 * of results that it may put in place of the function's. `Takes` is the type of a function that it gives the arguments of calls
 * to, such as the one that computes a key; unknown: there is none.
 */
export interface Policy<Adds = never, Takes = unknown> {
  readonly [ADDS]?: () => Adds
  readonly [TAKES]?: () => Takes
  /** What it is: `'timeout'`, `'retry'` … */
  readonly kind: string
  /** How `update` and events call it. Default: its kind, followed by `-2`, `-3` … where one is taken. */
  readonly name: string | undefined
  readonly options: object
  /** Exactly one of the two. */
  readonly guard?: (site: Site) => Guard
  readonly strategy?: (site: Site) => Strategy
  /** It may answer in place of the function: not for where the real thing counts, such as the step of a saga. */
  readonly standsIn?: true
  /** It repeats what is inside it, or lets it wait: a time limit outside spans more than one inside. */
  readonly prolongs?: true
  /** What is inside it may outlive the call, because other calls want it too. */
  readonly shares?: true
  /** What seldom stands inside it on purpose. */
  readonly doubts?: readonly Doubt[] | undefined
  /** What else is doubtful about its place. It is called `name`, and `inside` is all that stands inside it, outermost first. */
  readonly advise?: (name: string, inside: readonly NamedPolicy[]) => Advice | undefined
}

/** A policy, and how it is called in its pipeline. */
export type NamedPolicy = readonly [name: string, policy: Policy<unknown>]
