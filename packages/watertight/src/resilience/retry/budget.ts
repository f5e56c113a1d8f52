import { between, positive, settingsOf } from '../../runtime/option-checks.ts'
import type { Runtime } from '../../runtime/runtime.ts'

/** How many retries are allowed, as a share of calls. */
export interface RetryBudgetOptions {
  /** Retries for each call: 0.1 allows one retry for ten calls. Default: 0.1. */
  readonly ratio?: number
  /** Retries a second that are allowed however few calls there are. Default: 1. */
  readonly minPerSecond?: number
  /** Most retries that can be saved up. Default: 100. */
  readonly burst?: number
}

/** What of a budget is there. */
export interface BudgetState {
  /** Retries that are allowed now. */
  readonly tokens: number
}

const MS_PER_SECOND = 1_000
const SAVED_AT_FIRST_SECONDS = 10

/**
 * A budget of retries: a token bucket. Each call puts in `ratio` tokens, each second `minPerSecond`, each retry takes one. Retries
 * put in nothing, so they cannot pay for further ones, and a falling rate of calls never enlarges the budget.
 * After Finagle's `RetryBudget`.
 */
export class RetryBudget {
  readonly ratio: number
  readonly minPerSecond: number
  readonly burst: number
  readonly #buckets = new WeakMap<Runtime, Bucket>()

  constructor(options: RetryBudgetOptions) {
    const { ratio, minPerSecond, burst } = settingsOf<Required<RetryBudgetOptions>>('budget', options, {
      ratio: between(0.1, 0, 1_000),
      minPerSecond: between(1, 0, Number.MAX_VALUE),
      burst: positive(100),
    })
    this.ratio = ratio
    this.minPerSecond = minPerSecond
    this.burst = burst
  }

  /** The live bucket on `runtime`: one for all who share this budget. */
  on(runtime: Runtime): Bucket {
    const known = this.#buckets.get(runtime)
    if (known !== undefined) return known
    const made = new Bucket(this, runtime)
    this.#buckets.set(runtime, made)
    return made
  }
}

/** The tokens of a {@link RetryBudget} on one runtime. */
export class Bucket {
  readonly #budget: RetryBudget
  readonly #runtime: Runtime
  #tokens: number
  #refilledAt: number

  constructor(budget: RetryBudget, runtime: Runtime) {
    this.#budget = budget
    this.#runtime = runtime
    this.#tokens = Math.min(budget.burst, budget.minPerSecond * SAVED_AT_FIRST_SECONDS)
    this.#refilledAt = runtime.now()
  }

  /** A call, not a retry, was made. */
  deposit(): void {
    this.#tokens = Math.min(this.#budget.burst, this.#tokens + this.#budget.ratio)
  }

  /** Takes the token of one retry; false when there is none. */
  withdraw(): boolean {
    this.#refill()
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  /** A retry that was paid for was not made. */
  refund(): void {
    this.#tokens = Math.min(this.#budget.burst, this.#tokens + 1)
  }

  state(): BudgetState {
    this.#refill()
    return { tokens: this.#tokens }
  }

  #refill(): void {
    const now = this.#runtime.now()
    const earned = ((now - this.#refilledAt) / MS_PER_SECOND) * this.#budget.minPerSecond
    this.#refilledAt = now
    this.#tokens = Math.min(this.#budget.burst, this.#tokens + earned)
  }
}

/**
 * A retry budget that several pipelines share: whoever is given this same value draws from the same bucket.
 *
 * @example
 * const budget = retryBudget({ ratio: 0.1, minPerSecond: 2 })
 * const a = pipeline('a', retry({ attempts: 3, budget }))
 * const b = pipeline('b', retry({ attempts: 3, budget }))
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  return new RetryBudget(options)
}
