import { invalidOption, refuseUnknown } from '../../runtime/option.ts'
import { asked } from '../asked.ts'
import type { Cancelled, Outcome, Result, Success } from '../outcome.ts'
import { succeeded } from '../outcome.ts'
import { errorOf } from '../outcome-error.ts'
import type { Inner, Policy, Site, Strategy } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'

/** What a fallback may answer: everything that is no success and was not cancelled. */
export type Answerable = Exclude<Outcome<unknown>, Success<unknown> | Cancelled>

/** What a stand-in is told. */
export interface FallbackCall {
  /** What `run` would have thrown. */
  readonly error: unknown
  readonly outcome: Answerable
  /** Arguments of the call, where it was made through `wrap` or with `args`. */
  readonly args: readonly unknown[]
  /** Aborted when the stand-in is to stop as well. */
  readonly signal: AbortSignal
}

/** A stand-in: a value, or a function that finds one. */
export type FallbackSource<T> = T | ((call: FallbackCall) => T | PromiseLike<T>)

/** When a fallback answers. */
export interface FallbackOptions {
  /** What it answers. Default: all failures and refusals, but not errors that are `ignored` (4xx): those say something about the question. */
  readonly handle?: (error: unknown, outcome: Answerable) => boolean
  readonly name?: string
}

interface Settings {
  readonly sources: readonly unknown[]
  readonly handle: ((error: unknown, outcome: Answerable) => boolean) | undefined
}

/**
 * Answers in place of a dependency that failed or was not asked. Never answers a call that its caller cancelled, or whose
 * deadline has passed: nobody waits for it. A stand-in that fails hands on the original outcome.
 *
 * @example
 * fallback({ status: 'pending' })
 * fallback(({ args: [id] }) => cache.get(id))
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function fallback<T>(source: FallbackSource<T>, options: FallbackOptions = {}): Policy<T> {
  return fallbackChain([source], options)
}

/**
 * The same with several stand-ins: the first that does not fail answers.
 *
 * @example
 * fallbackChain([() => replica.read(id), () => cache.read(id), { status: 'unknown' }])
 *
 * @throws WatertightError `INVALID_OPTION` when there is none.
 */
export function fallbackChain<T>(sources: readonly FallbackSource<T>[], options: FallbackOptions = {}): Policy<T> {
  refuseUnknown('fallback', options, ['handle', 'name'])
  if (!Array.isArray(sources) || sources.length === 0) {
    throw invalidOption('sources', sources, 'a list of at least one stand-in')
  }
  const settings: Settings = { sources: [...sources], handle: options.handle }
  return {
    kind: 'fallback',
    standsIn: true,
    name: options.name,
    options: settings,
    strategy: (site) => new Fallback(settings, site),
  }
}

class Fallback implements Strategy {
  readonly leavesSuccess = false
  readonly #site: Site
  #settings: Settings
  #answered = 0

  constructor(settings: Settings, site: Site) {
    this.#settings = settings
    this.#site = site
  }

  leave(outcome: Outcome<unknown>, scope: Scope, inner: Inner): Result<unknown> {
    if (outcome.kind === 'success' || outcome.kind === 'cancelled') return outcome
    return this.#answer(outcome, scope, inner)
  }

  update(options: FallbackOptions): void {
    refuseUnknown('fallback', options, ['handle', 'name'])
    this.#settings = { ...this.#settings, ...options }
  }

  state(): { readonly answered: number } {
    return { answered: this.#answered }
  }

  check(): void {}

  async #answer(outcome: Answerable, scope: Scope, inner: Inner): Promise<Outcome<unknown>> {
    const error = errorOf(outcome, this.#site.pipeline)
    const { id: call, args } = scope.call
    if (!this.#handles(error, outcome)) return outcome
    const branch = inner.branch(scope, { attempt: scope.attempt })
    const told: FallbackCall = {
      error,
      outcome,
      args,
      get signal() {
        return branch.scope.signal
      },
    }
    try {
      for (const [source, standIn] of this.#settings.sources.entries()) {
        try {
          const value: unknown = await (typeof standIn === 'function' ? standIn(told) : standIn)
          this.#answered++
          tell(this.#site, 'fallback.answered', { call, source, instead: outcome.kind })
          return succeeded(value)
        } catch (failure) {
          tell(this.#site, 'fallback.failed', { call, source, error: failure })
          if (branch.scope.cancel.cancelled) return outcome
        }
      }
      return outcome
    } finally {
      branch.close()
    }
  }

  #handles(error: unknown, outcome: Answerable): boolean {
    const { handle } = this.#settings
    if (handle === undefined) return outcome.kind !== 'ignored'
    return asked(this.#site.runtime, () => handle(error, outcome), false)
  }
}
