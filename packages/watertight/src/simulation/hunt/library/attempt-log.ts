import type { RetryBudgetOptions } from '../../../resilience/retry/budget.ts'
import type { LivePipeline } from '../../../resilience/live-pipeline.ts'
import type { Scope } from '../../../resilience/scope.ts'
import type { HuntWorld } from '../hunt-world.ts'

/** What the policies were told to keep to. */
export interface PolicyLaws {
  readonly concurrent: number
  readonly failures: number
  readonly halfOpenCalls: number
  readonly successThreshold: number
  readonly timeoutMs: number
  readonly abandonedHoldMs: number
  readonly budget: Required<RetryBudgetOptions>
}

/** Seconds' worth of `minPerSecond` that a budget begins with. */
const SAVED_AT_FIRST_SECONDS = 10

interface Attempt {
  /** The stretch between two moves of the circuit in which it began. */
  readonly stretch: number
  outcome: 'open' | 'success' | 'failure' | 'none'
}

/**
 * What a dependency saw of a pipeline, and what the circuit told: a second opinion that knows nothing of how the policies
 * work.
 */
export class AttemptLog {
  readonly #world: HuntWorld
  readonly #laws: PolicyLaws
  #circuit: 'closed' | 'open' | 'half-open' = 'closed'
  #stretch = 0
  #attempts: Attempt[] = []
  #running = 0
  #calls = 0
  #retries = 0
  #broken: string | undefined

  constructor(world: HuntWorld, laws: PolicyLaws) {
    this.#world = world
    this.#laws = laws
  }

  /** The first law that was broken; nothing while all are kept. */
  get broken(): string | undefined {
    return this.#broken
  }

  watch({ events }: LivePipeline): void {
    const { failures, successThreshold } = this.#laws
    events.on('breaker.opened', () => {
      const needed = this.#circuit === 'half-open' ? 1 : failures
      this.#law(this.#had('failure') >= needed, `it opened after ${this.#had('failure')} failures of its own`)
      this.#world.sometimes('a half-open circuit opens again', this.#circuit === 'half-open')
      this.#move('open')
    })
    events.on('breaker.halfOpened', () => this.#move('half-open'))
    events.on('breaker.closed', () => {
      const successes = this.#had('success')
      this.#law(successes >= successThreshold, `it closed after ${successes} successes of its own`)
      this.#world.sometimes('a half-open circuit closes')
      this.#move('closed')
    })
    events.on('retry.gaveUp', ({ code }) => {
      this.#world.sometimes('the budget refuses a retry', code === 'RETRY_BUDGET_EXHAUSTED')
    })
    events.on('bulkhead.refused', () => this.#world.sometimes('the bulkhead refuses'))
  }

  /** A call was made; how many attempts it takes is another matter. */
  called(): void {
    this.#calls++
  }

  /** An attempt reaches the dependency, and ends with `work`. */
  async attempt(name: string, scope: Scope, work: Promise<unknown>): Promise<void> {
    const { concurrent, halfOpenCalls, timeoutMs, abandonedHoldMs } = this.#laws
    const attempt: Attempt = { stretch: this.#stretch, outcome: 'open' }
    this.#attempts.push(attempt)
    this.#running++
    // What hangs for ever keeps its slot for so long, and no longer.
    const holds = Promise.withResolvers<void>()
    this.#world.runtime.timer(timeoutMs + abandonedHoldMs - 1, holds.resolve, false)
    void Promise.race([holds.promise, work.catch(() => {})]).then(() => this.#running--)
    if (scope.attempt > 1) this.#retries++
    this.#world.trace(`${name}: attempt ${scope.attempt} while ${this.#circuit}`)
    this.#law(this.#circuit !== 'open', `an attempt was let through while it was open`)
    this.#law(this.#running <= concurrent, `${this.#running} at once in a bulkhead of ${concurrent}`)
    if (this.#circuit === 'half-open')
      this.#law(this.#had('open') <= halfOpenCalls, `${this.#had('open')} probes at once instead of ${halfOpenCalls}`)
    const allowed = this.#allowedRetries()
    this.#law(this.#retries <= allowed, `${this.#retries} retries, of ${allowed.toFixed(1)} that are paid for`)
    scope.cancel.onCancel(() => this.#end(name, attempt, scope.cancel.cause === 'timeout' ? 'failure' : 'none'))
    try {
      await work
      this.#end(name, attempt, 'success')
    } catch (error) {
      this.#end(name, attempt, 'failure')
      throw error
    }
  }

  /** All that may have been saved up and earned: what was lost to a full bucket is not known here. */
  #allowedRetries(): number {
    const { ratio, minPerSecond, burst } = this.#laws.budget
    const first = Math.min(burst, minPerSecond * SAVED_AT_FIRST_SECONDS)
    return first + ratio * this.#calls + (minPerSecond * this.#world.runtime.now()) / 1_000
  }

  #end(name: string, attempt: Attempt, outcome: Attempt['outcome']): void {
    if (attempt.outcome !== 'open') return
    attempt.outcome = outcome
    this.#world.trace(`${name}: ${outcome}${attempt.stretch < this.#stretch ? ', late' : ''}`)
    this.#world.changed()
  }

  #had(outcome: Attempt['outcome']): number {
    return this.#attempts.filter((attempt) => attempt.stretch === this.#stretch && attempt.outcome === outcome).length
  }

  #move(circuit: 'closed' | 'open' | 'half-open'): void {
    this.#world.trace(`the circuit is ${circuit}`)
    this.#circuit = circuit
    this.#stretch++
    this.#attempts = this.#attempts.filter(({ outcome }) => outcome === 'open')
    this.#world.changed()
  }

  #law(holds: boolean, otherwise: string): void {
    if (!holds) this.#broken ??= otherwise
  }
}
