import type { Cause } from '../runtime/cancellation.ts'
import { BranchFlight, DetachedFlight } from './branch-flight.ts'
import type { Flight } from './flight.ts'
import type { Stage } from './line.ts'
import type { Outcome } from './outcome.ts'
import type { Guard, Inner, RunningLimit, Strategy } from './policy.ts'
import type { Branch, Scope } from './scope.ts'

/** A policy at its place in a compiled pipeline, and for a strategy the handle on what is inside it. */
export class CompiledStage implements Stage, Inner {
  readonly policy: string
  readonly guard: Guard | undefined
  readonly strategy: Strategy | undefined
  readonly admit: Guard['admit'] | undefined
  readonly settle: Guard['settle'] | undefined
  readonly end: Guard['end'] | undefined
  readonly enter: Strategy['enter'] | undefined
  readonly leave: Strategy['leave'] | undefined
  readonly #index: number

  constructor(index: number, policy: string, guard: Guard | undefined, strategy: Strategy | undefined) {
    this.#index = index
    this.policy = policy
    this.guard = guard
    this.strategy = strategy
    // oxlint-disable typescript/unbound-method -- always called with the policy as their `this`
    this.admit = guard?.admit
    this.settle = guard?.settle
    this.end = guard?.end
    this.enter = strategy?.enter
    this.leave = strategy?.leave
    // oxlint-enable typescript/unbound-method
  }

  get inner(): Inner {
    return this
  }

  branch(scope: Scope, { attempt, path }: { readonly attempt: number; readonly path?: number }): Branch<unknown> {
    return new BranchFlight(flightOf(scope), this.#index, attempt, path ?? scope.path)
  }

  detach(
    scope: Scope,
    { deadline, executing }: { readonly deadline: number; readonly executing: () => void },
  ): Branch<unknown> {
    return new DetachedFlight(flightOf(scope), this.#index, deadline, executing)
  }

  executedElsewhere(scope: Scope): void {
    flightOf(scope).executedElsewhere()
  }

  interrupt(scope: Scope, cause: Cause, outcome: Outcome<unknown>, abandonedHoldMs: number): void {
    flightOf(scope).interrupt(this.#index, cause, outcome, abandonedHoldMs)
  }

  cancel(scope: Scope, cause: Cause): void {
    flightOf(scope).cancelWithin(this.#index, cause)
  }

  limit(scope: Scope): RunningLimit | undefined {
    return flightOf(scope).limit
  }

  setLimit(scope: Scope, limit: RunningLimit | undefined): void {
    flightOf(scope).limit = limit
  }

  now(scope: Scope): number {
    return flightOf(scope).now
  }

  startedAt(scope: Scope): number {
    return flightOf(scope).startedAt ?? Number.NaN
  }

  executed(scope: Scope): boolean {
    return flightOf(scope).executed
  }

  standIn(scope: Scope): void {
    flightOf(scope).standIn()
  }

  keep(scope: Scope, value: unknown): void {
    flightOf(scope).keep(this.#index, value)
  }

  kept(scope: Scope): unknown {
    return flightOf(scope).kept(this.#index)
  }
}

/** Every scope that a pipeline hands out is one of its flights; looking whether it is would cost a call as much as all else here. */
function flightOf(scope: Scope): Flight {
  return scope as Flight
}
