import { definitelyNotExecuted } from '../fallback/not-executed.ts'
import { asked } from '../asked.ts'
import { cancelled, type Outcome, type Result } from '../outcome.ts'
import type { GiveUpReason } from '../pipeline-events.ts'
import type { Inner, Policy, Site, Strategy } from '../policy.ts'
import type { Scope } from '../scope.ts'
import { tell } from '../tell.ts'
import { delayAfter } from './backoff.ts'
import type { Bucket } from './budget.ts'
import { givenUpSince, markGivenUp, markStamp } from './given-up.ts'
import { askedToWait } from './asked-to-wait.ts'
import { type RetryOptions, retrySettings, type RetrySettings } from './retry-options.ts'
import { sleep } from './sleep.ts'

/** What a retry has done so far. */
export interface RetryState {
  /** Further attempts that were made. */
  readonly retries: number
  /** Calls whose last error was handed on although it could have been tried again. */
  readonly givenUp: number
  /** Retries that the budget allows now; undefined without a budget. */
  readonly budget: number | undefined
}

/**
 * Tries again what may have failed by accident, waiting a little longer each time. Honours `Retry-After`, keeps to a budget, stops
 * at once when the call is cancelled, and never waits for a deadline it would miss. When it gives up it hands on the last
 * outcome, marked, so that a retry further out does not multiply the attempts.
 *
 * Only for what can be done twice: say so by putting it around such calls only.
 *
 * @example
 * retry({ attempts: 3, backoff: exponential({ base: '100ms', max: '2s' }), budget: { ratio: 0.1 } })
 *
 * @throws WatertightError `INVALID_OPTION`
 */
export function retry(options: RetryOptions = {}): Policy {
  const settings = retrySettings(options)
  return {
    kind: 'retry',
    prolongs: true,
    name: options.name,
    options: settings,
    strategy: (site) => new Retry({ ...options, budget: settings.budget }, site),
    doubts: [
      ['retry', 'retry-inside-retry', 'the attempts of both multiply'],
      ['fallback', 'fallback-inside-retry', 'it takes the stand-in for a success and never tries again'],
    ],
  }
}

/** Work that was shed because there is too much of it: trying again makes more of it, so that needs a budget. */
const SHED: ReadonlySet<string> = new Set(['DISCARDED', 'OVERLOADED', 'THROTTLED'])

class Retry implements Strategy {
  readonly #site: Site
  #options: RetryOptions
  #settings: RetrySettings
  #bucket: Bucket | undefined
  #retries = 0
  #givenUp = 0

  constructor(options: RetryOptions, site: Site) {
    const settings = retrySettings(options)
    this.#options = options
    this.#settings = settings
    this.#site = site
    this.#bucket = settings.budget?.on(site.runtime)
  }

  get leavesSuccess(): boolean {
    return this.#settings.handleResult !== undefined
  }

  get timed(): boolean {
    return this.#settings.maxElapsedMs !== Infinity
  }

  enter(scope: Scope, inner: Inner): undefined {
    this.#bucket?.deposit()
    inner.keep(scope, markStamp())
  }

  leave(outcome: Outcome<unknown>, scope: Scope, inner: Inner): Result<unknown> {
    if (outcome.kind === 'success' && this.#settings.handleResult === undefined) return outcome
    if (this.#settings.attempts === 1 || !this.#wants(outcome)) return outcome
    return this.#again(outcome, scope, inner)
  }

  update(options: RetryOptions): void {
    const merged = { ...this.#options, ...options }
    const settings = retrySettings(merged)
    this.#options = { ...merged, budget: settings.budget }
    this.#settings = settings
    this.#bucket = settings.budget?.on(this.#site.runtime)
  }

  state(): RetryState {
    return { retries: this.#retries, givenUp: this.#givenUp, budget: this.#bucket?.state().tokens }
  }

  check(): void {}

  async #again(first: Outcome<unknown>, scope: Scope, inner: Inner): Promise<Outcome<unknown>> {
    const { runtime } = this.#site
    const stamp = inner.kept(scope) as number
    const startedAt = inner.startedAt(scope)
    let outcome = first
    let delayMs = 0
    for (let failures = 1; ; failures++) {
      if (failures >= this.#settings.attempts) return this.#giveUp(outcome, scope, failures, 'attempts')
      const askedMs = askedToWait(outcome)
      delayMs = this.#delay(scope, failures, delayMs)
      const waitMs = Math.max(delayMs, askedMs ?? 0)
      const bucket = this.#bucket
      const reason = this.#reasonToStop(outcome, scope, waitMs, askedMs, stamp, startedAt) ?? unpaid(bucket)
      if (reason !== undefined) return this.#giveUp(outcome, scope, failures, reason)
      const nextAttempt = failures + 1
      const branch = inner.branch(scope, { attempt: nextAttempt })
      tell(this.#site, 'retry.waiting', { call: scope.call.id, nextAttempt, delayMs: waitMs })
      if (!(await sleep(runtime, waitMs, branch.scope.cancel))) {
        bucket?.refund()
        branch.close()
        return cancelled(branch.scope.cancel.cause ?? 'caller')
      }
      this.#retries++
      outcome = await branch.run()
      if (!this.#wants(outcome)) return outcome
    }
  }

  #wants(outcome: Outcome<unknown>): boolean {
    const { handle, handleResult, retryOpenCircuit, budget } = this.#settings
    const { kind } = outcome
    if (kind === 'success') return handleResult !== undefined && this.#asks(handleResult, outcome.value)
    if (kind === 'cancelled') return false
    if (kind === 'refused') {
      if (outcome.code === 'CIRCUIT_OPEN') return retryOpenCircuit
      return outcome.code !== 'DEADLINE_EXCEEDED' && (budget !== undefined || !SHED.has(outcome.code))
    }
    if (kind === 'ignored') return handle !== undefined && this.#asks(handle, outcome.error)
    if (kind === 'overloaded' && budget === undefined) return false
    const { code, retryable }: { code?: unknown; retryable?: unknown } = Object(outcome.error)
    if (code === 'CIRCUIT_OPEN' && !retryOpenCircuit) return false
    return handle === undefined ? retryable !== false : this.#asks(handle, outcome.error)
  }

  #asks(predicate: (subject: unknown) => boolean, subject: unknown): boolean {
    return asked(this.#site.runtime, () => predicate(subject), false)
  }

  #delay(scope: Scope, failures: number, previousMs: number): number {
    const { runtime, policy } = this.#site
    let draws = 0
    const draw = (): number => scope.random(`${policy}/${failures}/${draws++}`)
    return asked(runtime, () => delayAfter(this.#settings.backoff, { failures, previousMs }, draw), previousMs)
  }

  #reasonToStop(
    outcome: Outcome<unknown>,
    scope: Scope,
    waitMs: number,
    askedMs: number | undefined,
    stamp: number,
    startedAt: number,
  ): GiveUpReason | undefined {
    const { maxElapsedMs, maxRetryAfterMs } = this.#settings
    if (scope.call.idempotent === false && mayHaveRun(outcome)) return 'not-idempotent'
    if (givenUpSince(subjectOf(outcome), stamp, this)) return 'given-up-inside'
    if (askedMs !== undefined && askedMs > maxRetryAfterMs) return 'retry-after'
    const next = this.#site.runtime.now() + waitMs
    if (next >= scope.deadline) return 'deadline'
    if (next - startedAt > maxElapsedMs) return 'elapsed'
    return undefined
  }

  #giveUp(outcome: Outcome<unknown>, scope: Scope, attempts: number, reason: GiveUpReason): Outcome<unknown> {
    this.#givenUp++
    markGivenUp(subjectOf(outcome), this)
    const code = reason === 'budget' ? 'RETRY_BUDGET_EXHAUSTED' : undefined
    tell(this.#site, 'retry.gaveUp', { call: scope.call.id, attempts, reason, code })
    return outcome
  }
}

/** What carries the mark of having been given up: the error, or the refusal from which one may be made. */
function subjectOf(outcome: Outcome<unknown>): unknown {
  return 'error' in outcome ? outcome.error : outcome
}

/** A refusal was not executed; an error may prove as much. */
function mayHaveRun(outcome: Outcome<unknown>): boolean {
  return outcome.kind !== 'refused' && !('error' in outcome && definitelyNotExecuted(outcome.error))
}

function unpaid(bucket: Bucket | undefined): GiveUpReason | undefined {
  return bucket === undefined || bucket.withdraw() ? undefined : 'budget'
}
