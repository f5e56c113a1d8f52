import type { Duration } from '../runtime/duration.ts'
import type { Emitter } from '../runtime/emitter.ts'
import { invalidOption, requireText } from '../runtime/option.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { systemRuntime } from '../runtime/system-runtime.ts'
import type { Invalidation } from './cache/cache-store.ts'
import type { RunOptions } from './call.ts'
import { type Fitting, LivePipeline, type PipelineState } from './live-pipeline.ts'
import type { Advice } from './advice.ts'
import { adviseOnOrder } from './order-advice.ts'
import type { Outcome } from './outcome.ts'
import type { Permit } from './permit.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import type { Policy } from './policy.ts'
import type { Scope } from './scope.ts'

/** Options by name of policy, laid over those of the definition. */
export type Overrides = Readonly<Record<string, object>>

/** What the policies may put in place of the function's result. */
export type AddedBy<Policies extends readonly Policy<unknown>[]> = Policies[number] extends infer One
  ? One extends Policy<infer Adds>
    ? Adds
    : never
  : never

/** The functions of policies that are given the arguments of calls. */
export type TakenBy<Policies extends readonly Policy<unknown>[]> = Policies[number] extends infer One
  ? One extends Policy<unknown, infer Takes>
    ? unknown extends Takes
      ? never
      : Takes
    : never
  : never

/**
 * The definition of a pipeline: a value. It becomes live on first use, once for each runtime: calls made on the definition
 * itself go to the live pipeline of the system runtime.
 */
export class Pipeline<Adds = never, Takes = never> {
  /** Never present: tells pipelines with different stand-ins apart. */
  declare readonly typed?: { readonly adds: Adds }
  readonly name: string
  /** The policies by name, outermost first. */
  readonly policies: ReadonlyMap<string, Policy<unknown>>
  /** What is doubtful about the order of the policies; also told as `order.advised`. */
  readonly advice: readonly Advice[]
  readonly #live = new WeakMap<Runtime, LivePipeline<Adds, Takes>>()
  #onSystem: LivePipeline<Adds, Takes> | undefined

  constructor(name: string, policies: readonly Policy<unknown>[]) {
    this.name = requireText('name', name)
    this.policies = named(name, policies)
    this.advice = adviseOnOrder([...this.policies])
  }

  /** The live pipeline on `runtime`: the same one each time. `overrides` change it like {@link update}. */
  on(runtime: Runtime, overrides?: Overrides): LivePipeline<Adds, Takes> {
    let live = this.#live.get(runtime)
    if (live === undefined) {
      live = new LivePipeline<Adds, Takes>(this.name, this.policies, this.advice, runtime)
      this.#live.set(runtime, live)
    }
    if (overrides !== undefined) for (const [policy, options] of Object.entries(overrides)) live.update(policy, options)
    return live
  }

  get #system(): LivePipeline<Adds, Takes> {
    this.#onSystem ??= this.on(systemRuntime)
    return this.#onSystem
  }

  /** See {@link LivePipeline.events}. */
  get events(): Emitter<PipelineEvents> {
    return this.#system.events
  }

  /** See {@link LivePipeline.run}. */
  run<T>(fn: (scope: Scope) => T | PromiseLike<T>, options?: RunOptions): Promise<T | Adds> {
    return this.#system.run(fn, options)
  }

  /** See {@link LivePipeline.outcome}. */
  outcome<T>(fn: (scope: Scope) => T | PromiseLike<T>, options?: RunOptions): Promise<Outcome<T | Adds>> {
    return this.#system.outcome(fn, options)
  }

  /** See {@link LivePipeline.wrap}. */
  wrap<Args extends unknown[], T>(
    fn: ((...args: Args) => T | PromiseLike<T>) & Fitting<Args, Takes>,
  ): (...args: Args) => Promise<T | Adds> {
    return this.#system.wrap(fn)
  }

  /** See {@link LivePipeline.acquire}. */
  acquire(options?: RunOptions): Promise<Permit> {
    return this.#system.acquire(options)
  }

  /** See {@link LivePipeline.close}. */
  close(options?: { readonly within?: Duration }): Promise<number> {
    return this.#system.close(options)
  }

  /** See {@link LivePipeline.restore}. */
  restore(policy: string, state: object): void {
    this.#system.restore(policy, state)
  }

  /** See {@link LivePipeline.update}. */
  update(policy: string, options: object): void {
    this.#system.update(policy, options)
  }

  /** See {@link LivePipeline.invalidate}. */
  invalidate(what: Invalidation): Promise<number> {
    return this.#system.invalidate(what)
  }

  /** See {@link LivePipeline.state}. */
  state(): PipelineState {
    return this.#system.state()
  }

  /** See {@link LivePipeline.stateOf}. */
  stateOf(policy: string, key: string): object | undefined {
    return this.#system.stateOf(policy, key)
  }

  /** See {@link LivePipeline.check}. */
  check(): void {
    this.#system.check()
  }
}

/**
 * Composes policies, outermost first, as it reads. Makes one value for each dependency; its options can be read back, compared
 * and changed while it works.
 *
 * @example
 * const payments = pipeline('payments',
 *   timeout('5s'),                                                            // the whole call
 *   retry({ attempts: 3, backoff: exponential({ base: '100ms' }), budget: { ratio: 0.1 } }),
 *   circuitBreaker({ failureRate: 0.5, window: '10s', openFor: '30s' }),
 *   bulkhead({ concurrent: 10, queue: 100, maxWait: '100ms' }),
 *   timeout('2s'),                                                            // each attempt
 * )
 * const receipt = await payments.run(({ signal }) => charge(order, { signal }), { signal: request.signal })
 *
 * @throws WatertightError `INVALID_OPTION` when the name is empty, two policies are given the same name, or one is no policy,
 * such as `retry` in place of `retry()`.
 */
export function pipeline<const Policies extends readonly Policy<unknown>[]>(
  name: string,
  ...policies: Policies
): Pipeline<AddedBy<Policies>, TakenBy<Policies>> {
  return new Pipeline(name, policies)
}

function named(pipelineName: string, policies: readonly Policy<unknown>[]): ReadonlyMap<string, Policy<unknown>> {
  const byName = new Map<string, Policy<unknown>>()
  for (const [index, policy] of policies.entries()) {
    const which = `policy ${index + 1} of ${pipelineName}`
    if (policy?.guard === undefined && policy?.strategy === undefined) {
      throw invalidOption(which, policy, "what a function such as timeout('2s') or retry() returns")
    }
    let name = policy.name ?? policy.kind
    if (policy.name !== undefined) requireText(`the name of ${which}`, name)
    else for (let n = 2; byName.has(name); n++) name = `${policy.kind}-${n}`
    if (byName.has(name)) throw invalidOption(`the name of ${which}`, name, 'its own')
    byName.set(name, policy)
  }
  return byName
}
