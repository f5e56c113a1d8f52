import type { Runtime } from '../../runtime/runtime.ts'
import { WatertightError } from '../../runtime/error.ts'
import { invalidOption, refuseUnknown } from '../../runtime/option.ts'
import { systemRuntime } from '../../runtime/system-runtime.ts'
import type { RunOptions } from '../call.ts'
import { cancelled, type Outcome } from '../outcome.ts'
import { errorOf } from '../outcome-error.ts'
import type { Pipeline } from '../pipeline.ts'
import type { Scope } from '../scope.ts'
import { definitelyNotExecuted } from './not-executed.ts'

/** One of several that can do the same. */
export interface Provider<Args extends readonly unknown[], T> {
  readonly name: string
  /** Its own pipeline, with its own breaker: what is known of one provider must not be held against another. */
  readonly pipeline: Pipeline
  readonly call: (scope: Scope, ...args: Args) => T | PromiseLike<T>
}

/** When the next provider may be asked. */
export interface FailoverOptions {
  /**
   * The call may be made at several providers: asking another one after an unknown outcome does no harm. Default: false.
   */
  readonly idempotent?: boolean
  /** Whether an error proves that the call was not executed. Default: {@link definitelyNotExecuted}. */
  readonly notExecuted?: (error: unknown) => boolean
  /** Name in errors. Default: `'failover'`. */
  readonly name?: string
}

/** What became of a call, provider by provider, in the order in which they were asked. */
export interface FailoverResult<T> {
  /** Who gave the outcome; undefined when nobody executed it. */
  readonly provider: string | undefined
  readonly outcome: Outcome<T>
  readonly tried: readonly { readonly provider: string; readonly outcome: Outcome<T> }[]
}

const KNOWN = ['idempotent', 'notExecuted', 'name'] as const

/** Providers in order of preference. See {@link failover}. */
export class Failover<Args extends readonly unknown[], T> {
  readonly #providers: readonly Provider<Args, T>[]
  readonly #idempotent: boolean
  readonly #notExecuted: (error: unknown) => boolean
  readonly #name: string

  constructor(providers: readonly Provider<Args, T>[], options: FailoverOptions) {
    refuseUnknown('failover', options, KNOWN)
    if (!Array.isArray(providers) || providers.length === 0)
      throw invalidOption('providers', providers, 'a list of at least one provider')
    const names = new Set(providers.map(({ name }) => name))
    if (names.size < providers.length) {
      throw new WatertightError('INVALID_OPTION', 'providers must have names of their own, but two have the same')
    }
    this.#providers = [...providers]
    this.#idempotent = options.idempotent ?? false
    this.#notExecuted = options.notExecuted ?? definitelyNotExecuted
    this.#name = options.name ?? 'failover'
  }

  /**
   * The result of the first provider that gives one.
   *
   * @throws the error of the provider whose outcome stands, or `NO_PROVIDER` when none executed the call.
   */
  async run(args: Args, options?: RunOptions, runtime?: Runtime): Promise<T> {
    const { outcome } = await this.outcome(args, options, runtime)
    if (outcome.kind === 'success') return outcome.value
    throw errorOf(outcome, this.#name)
  }

  /** The same with everything that is known. Never rejects. */
  async outcome(args: Args, options: RunOptions = {}, runtime: Runtime = systemRuntime): Promise<FailoverResult<T>> {
    const tried: { provider: string; outcome: Outcome<T> }[] = []
    for (const { name, pipeline, call } of this.#providers) {
      if (options.signal?.aborted === true) {
        return { provider: undefined, outcome: cancelled('caller', options.signal.reason), tried }
      }
      const ledger = new Executions()
      const attempt = (scope: Scope): Promise<T> => ledger.count(() => call(scope, ...args), this.#notExecuted)
      const outcome = await pipeline.on(runtime).outcome(attempt, { args, ...options })
      tried.push({ provider: name, outcome })
      if (!this.#asksNext(outcome, ledger)) return { provider: name, outcome, tried }
    }
    return { provider: undefined, outcome: { kind: 'failure', error: this.#nobody(tried) }, tried }
  }

  #asksNext(outcome: Outcome<T>, ledger: Executions): boolean {
    if (outcome.kind === 'success' || outcome.kind === 'ignored') return false
    if (outcome.kind === 'cancelled') return false
    if (outcome.kind === 'refused' && outcome.code === 'DEADLINE_EXCEEDED') return false
    return this.#idempotent || ledger.maybeExecuted === 0
  }

  #nobody(tried: readonly { readonly provider: string; readonly outcome: Outcome<T> }[]): WatertightError {
    const causes: unknown[] = []
    let retryAfterMs: number | undefined
    for (const { provider, outcome } of tried) {
      if (outcome.kind !== 'success') causes.push(errorOf(outcome, provider))
      const asked = outcome.kind === 'refused' ? outcome.retryAfterMs : undefined
      if (asked !== undefined) retryAfterMs = Math.min(retryAfterMs ?? asked, asked)
    }
    const names = tried.map(({ provider }) => provider).join(', ')
    return new WatertightError('NO_PROVIDER', `${this.#name}: none of ${names} is available`, {
      retryable: true,
      retryAfterMs,
      source: this.#name,
      cause: new AggregateError(causes, 'what each provider answered'),
    })
  }
}

/** Counts what may have been executed: each call, until its own error disproves it; one that hangs stays counted. */
class Executions {
  maybeExecuted = 0

  async count<T>(call: () => T | PromiseLike<T>, notExecuted: (error: unknown) => boolean): Promise<T> {
    this.maybeExecuted++
    try {
      return await call()
    } catch (error) {
      if (notExecuted(error)) this.maybeExecuted--
      throw error
    }
  }
}

/**
 * Several providers of the same, in order of preference, each behind its own pipeline. The next one is asked only when the call
 * has definitely not been executed (its pipeline refused, or the connection was), or when it is declared `idempotent` across
 * providers. An unknown outcome is handed back as it is: asking another provider might do the thing twice.
 *
 * @example
 * const charge = failover([
 *   { name: 'north', pipeline: north, call: ({ signal }, order: Order) => northApi.charge(order, { signal }) },
 *   { name: 'south', pipeline: south, call: ({ signal }, order: Order) => southApi.charge(order, { signal }) },
 * ])
 * const receipt = await charge.run([order])
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function failover<Args extends readonly unknown[], T>(
  providers: readonly Provider<Args, T>[],
  options: FailoverOptions = {},
): Failover<Args, T> {
  return new Failover(providers, options)
}
